"""A worker that is killed takes its call's answer with it.

The system kills a worker, for want of memory perhaps. You would expect that the call
that it was working for fails; others are answered, by the worker that takes its place.
"""

import os
import signal

ISSUE = 66587
PAIR = "pool.Pool._join_exited_workers"
EXPECTED = """\
the next call: 1
the call whose worker was killed has ended: True
"""


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def main(mp):
    with mp.Pool(1) as pool:
        lost = pool.apply_async(be_killed)
        print("the next call:", pool.apply(abs, (-1,)))
        print("the call whose worker was killed has ended:", lost.ready())


def has_bug(lines):
    return lines[1:] == ["the call whose worker was killed has ended: False"]
