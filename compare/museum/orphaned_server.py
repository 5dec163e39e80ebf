"""A manager's server stays when the program that started it is killed.

You would expect that it ends, since nobody is left who could end it.
"""

import os
import signal
import time

ISSUE = 81158
PAIR = "managers.BaseManager._run_server"
EXPECTED = """\
the server has ended: True
"""


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def main(mp):
    reader, writer = os.pipe()
    program = os.fork()
    if program == 0:
        manager = mp.Manager()
        os.write(writer, b"%d" % manager._process.pid)
        os.kill(os.getpid(), signal.SIGKILL)
    server = int(os.read(reader, 20))
    os.waitpid(program, 0)
    deadline = time.monotonic() + 0.8
    while not has_ended(server) and time.monotonic() < deadline:
        time.sleep(0.01)
    ended = has_ended(server)
    print("the server has ended:", ended)
    if not ended:
        os.kill(server, signal.SIGKILL)


def has_bug(lines):
    return lines == ["the server has ended: False"]
