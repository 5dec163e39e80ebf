"""A pool that could not replace a worker once never does it again.

For a moment there are too many processes. You would expect that the pool has its worker
again when there are fewer, or that its calls fail.
"""

import os
import time

ISSUE = None
PAIR = "pool.Pool._maintain_pool"
EXPECTED = """\
a later call has ended: True
"""


def main(mp):
    pool = mp.Pool(1)
    pool.apply(abs, (-1,))

    def refuse(fork=os.fork):
        os.fork = fork  # from then on, it works
        raise BlockingIOError("too many processes")

    os.fork = refuse
    pool.apply_async(os._exit, (0,))
    while pool._worker_handler.is_alive() and os.fork is refuse:
        time.sleep(0.01)
    later = pool.apply_async(abs, (-2,))
    later.wait(1)
    print("a later call has ended:", later.ready(), flush=True)
    os._exit(0)  # else CPython waits here, too


def has_bug(lines):
    return lines == ["a later call has ended: False"]
