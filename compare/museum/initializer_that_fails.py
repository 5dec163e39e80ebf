"""A pool whose initializer fails starts workers without end.

Each of them prints its traceback, and is replaced. You would expect that the call which
waits for one of them fails.
"""

import time

ISSUE = 87472
PAIR = "pool.Pool._handle_workers"
EXPECTED = """\
the call has ended, after fewer than six workers: True
"""


def fail(started):
    started.release()
    raise OSError("no licence")


def main(mp):
    started = mp.Semaphore(0)
    with mp.Pool(1, fail, (started,)) as pool:
        result = pool.apply_async(abs, (-1,))
        while started.get_value() < 6 and not result.ready():
            time.sleep(0.01)
        print("the call has ended, after fewer than six workers:", result.ready())


def has_bug(lines):
    return lines == ["the call has ended, after fewer than six workers: False"]
