"""A task that cannot be unpickled ends its worker, and its call never ends.

The worker lacks a module, perhaps. You would expect that the call fails, and says so.
"""

import time

ISSUE = None
PAIR = "pool.worker"
EXPECTED = """\
the next call: 1
the call whose task was strange has ended: True
"""


def cannot_be_made():
    raise ImportError("no such module in a worker")


class Strange:
    def __reduce__(self):
        return cannot_be_made, ()


def main(mp):
    with mp.Pool(1) as pool:
        strange = pool.apply_async(time.sleep, (Strange(),))
        print("the next call:", pool.apply(abs, (-1,)))
        print("the call whose task was strange has ended:", strange.ready())


def has_bug(lines):
    return lines[1:] == ["the call whose task was strange has ended: False"]
