"""What the exit functions of a forked child print is lost.

Before 3.13 they are not even called. You would expect that what they print is printed.
"""

import atexit
import sys

ISSUE = None
PAIR = "process.Process._bootstrap"
EXPECTED = """\
goodbye
it has ended
"""


def main(mp):
    sys.stdout = open(1, "w", closefd=False)  # with a buffer, in any case
    process = mp.Process(target=atexit.register, args=(print, "goodbye"))
    process.start()
    process.join()
    print("it has ended")


def has_bug(lines):
    return lines == ["it has ended"]
