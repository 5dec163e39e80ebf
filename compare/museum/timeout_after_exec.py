"""A join forgets its timeout when the child has become another program.

`exec` closes the pipe by whose end a parent sees that its child has ended. You
would expect that `join(0.1)` takes a tenth of a second.
"""

import os
import sys
import time

ISSUE = 79838
PAIR = "process.Popen.wait"
EXPECTED = """\
join(0.1) returned in half a second: True
"""


def become_another():
    program = "import time; time.sleep(0.8)"
    os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", program])


def main(mp):
    reader, writer = os.pipe()
    process = mp.Process(target=become_another)
    process.start()
    os.close(writer)
    os.read(reader, 1)  # until exec has closed the other writer
    began = time.monotonic()
    process.join(0.1)
    print("join(0.1) returned in half a second:", time.monotonic() - began < 0.5)
    process.kill()
    process.join()


def has_bug(lines):
    return lines == ["join(0.1) returned in half a second: False"]
