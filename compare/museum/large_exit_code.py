"""After a large exit code, a forked child goes on in the program of its parent.

You would expect that only the parent comes back from `start`.
"""

import os
import sys

ISSUE = None
PAIR = "process.Popen._launch"
EXPECTED = """\
processes behind start: 1
"""


def main(mp):
    reader, writer = os.pipe()
    process = mp.Process(target=sys.exit, args=(2**40,))
    try:
        process.start()
    finally:
        os.write(writer, b".")
    process.join()
    print("processes behind start:", len(os.read(reader, 9)))


def has_bug(lines):
    return lines == ["processes behind start: 2"]
