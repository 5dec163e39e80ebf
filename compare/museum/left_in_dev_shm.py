"""A lock of a killed program stays in /dev/shm.

You would expect that memory ends with those who use it.
"""

import os
import signal
import time

METHOD = "spawn"
ISSUE = None
PAIR = "synchronize.SemLock.__init__"
EXPECTED = """\
a name is left: False
"""


def main(mp):
    reader, writer = os.pipe()
    program = os.fork()
    if program == 0:
        os.setsid()
        lock = mp.Lock()
        os.write(writer, (lock._semlock.name or "/none").encode())
        time.sleep(60)
    name = os.read(reader, 100).decode().replace("/", "/dev/shm/sem.")
    os.killpg(program, signal.SIGKILL)  # its resource tracker, too
    os.waitpid(program, 0)
    left = os.path.exists(name)
    print("a name is left:", left)
    if left:
        os.unlink(name)


def has_bug(lines):
    return lines == ["a name is left: True"]
