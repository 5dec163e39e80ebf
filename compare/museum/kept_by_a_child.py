"""What a forked child drops stays open and mapped in it.

It has ten large arrays from its parent, and needs them no more. You would expect that
it gives back what they have: a file descriptor or two each, and memory.
"""

import os

ISSUE = None
PAIR = "heap.Arena.__init__"
EXPECTED = """\
descriptors given back: 20
"""
ARRAYS = []


def drop():
    before = len(os.listdir("/proc/self/fd"))
    ARRAYS.clear()
    given_back = before - len(os.listdir("/proc/self/fd"))
    print("descriptors given back:", given_back, flush=True)


def main(mp):
    ARRAYS.extend(mp.RawArray("b", 5_000_000) for _ in range(10))
    child = mp.Process(target=drop)
    child.start()
    child.join()


def has_bug(lines):
    return lines == ["descriptors given back: 0"]
