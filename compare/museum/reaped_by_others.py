"""A process whose end somebody else was told is alive for ever.

A program may wait for all of its children, or ignore SIGCHLD. You would expect that one
which has ended is not alive, even if nobody knows its exit code any more.
"""

import os

ISSUE = 92881
PAIR = "process.Popen.poll"
EXPECTED = """\
after its end it is alive: False
"""


def main(mp):
    process = mp.Process(target=int)
    process.start()
    os.waitpid(process.pid, 0)
    process.join()
    print("after its end it is alive:", process.is_alive())


def has_bug(lines):
    return lines == ["after its end it is alive: True"]
