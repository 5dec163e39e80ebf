"""A signal goes to a number that may be another process's by now.

Under forkserver, it is the server that is told how a child ended; from then on its
number is free. You would expect that no signal is sent after that.
"""

import os

METHOD = "forkserver"
ISSUE = None
PAIR = "process.Popen._send_signal"
EXPECTED = """\
signals to a process that has ended: 0
"""


def main(mp):
    process, sent = mp.Process(target=int), []
    process.start()
    mp.connection.wait([process.sentinel], 10)
    os.kill = lambda *signal: sent.append(signal)
    process.terminate()
    print("signals to a process that has ended:", len(sent))


def has_bug(lines):
    return lines == ["signals to a process that has ended: 1"]
