"""Exit functions of a forked child are not called.

You would expect that what it has registered with `atexit` is called, as in a program of
its own.
"""

import atexit
import os

ISSUE = 83856
MENDED = [(3, 13)]
PAIR = "process.Popen._launch"
EXPECTED = """\
it was called: True
"""


def main(mp):
    reader, writer = os.pipe()
    process = mp.Process(target=atexit.register, args=(os.write, writer, b"bye"))
    process.start()
    process.join()
    os.close(writer)
    print("it was called:", os.read(reader, 9) == b"bye")


def has_bug(lines):
    return lines == ["it was called: False"]
