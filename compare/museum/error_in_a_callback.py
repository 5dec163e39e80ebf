"""An error in a callback stops the whole pool.

The callback is called in the thread that takes in all results. You would expect that
other calls are answered as before.
"""

import time

ISSUE = 83371
MENDED = [(3, 16)]
PAIR = "pool.ApplyResult._set"
EXPECTED = """\
another call has ended: True
"""


def fail(result):
    raise ValueError(result)


def main(mp):
    pool = mp.Pool(1)
    pool.apply_async(abs, (-1,), callback=fail)
    another = pool.apply_async(abs, (-2,))
    while pool._result_handler.is_alive() and not another.ready():
        time.sleep(0.01)
    print("another call has ended:", another.ready())


def has_bug(lines):
    return lines == ["another call has ended: False"]
