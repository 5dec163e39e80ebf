"""A fork that fails leaves four descriptors open.

There are too many processes, and the program tries again and again. You would expect
that a start which fails leaves nothing behind.
"""

import os

ISSUE = None
PAIR = "process.Popen._launch"
EXPECTED = """\
descriptors that ten failed starts leave open: 0
"""


def main(mp):
    def refuse():
        raise BlockingIOError("too many processes")

    os.fork, processes = refuse, [mp.Process(target=int) for _ in range(10)]
    before = len(os.listdir("/proc/self/fd"))
    for process in processes:
        try:
            process.start()
        except BlockingIOError:
            pass
    left = len(os.listdir("/proc/self/fd")) - before
    print("descriptors that ten failed starts leave open:", left)


def has_bug(lines):
    return lines == ["descriptors that ten failed starts leave open: 40"]
