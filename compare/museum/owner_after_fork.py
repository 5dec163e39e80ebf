"""After os.fork, two processes own the same lock.

The parent has taken it. You would expect that its child has not.
"""

import os

ISSUE = None
PAIR = "synchronize.SemLock.__init__"
EXPECTED = """\
the child has the lock, too: False
"""


def main(mp):
    lock = mp.RLock()
    lock.acquire()
    if os.fork() == 0:
        took = lock.acquire(block=False)
        print("the child has the lock, too:", took, flush=True)
        os._exit(0)
    os.wait()


def has_bug(lines):
    return lines == ["the child has the lock, too: True"]
