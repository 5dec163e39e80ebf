"""A join with a timeout waits for a child of the child.

That one has inherited the pipe by whose end a parent sees that its child has ended. You
would expect that `join` returns when the child itself has ended.
"""

import os
import signal
import time

ISSUE = None
PAIR = "process.Popen.wait"
EXPECTED = """\
join returned at once: True
"""


def leave_another(writer):
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.write(writer, str(pid).encode())


def main(mp):
    reader, writer = os.pipe()
    process = mp.Process(target=leave_another, args=(writer,))
    process.start()
    another = int(os.read(reader, 9))
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    began = time.monotonic()
    process.join(0.7)
    print("join returned at once:", time.monotonic() - began < 0.7)
    os.kill(another, signal.SIGKILL)


def has_bug(lines):
    return lines == ["join returned at once: False"]
