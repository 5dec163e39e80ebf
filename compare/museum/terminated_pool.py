"""A result of a pool that was terminated never comes, and nothing says so.

`with` terminates the pool at its end. You would expect that who asks for the result
then is told.
"""

import time

ISSUE = 126743
PAIR = "pool.Pool._terminate_pool"
EXPECTED = """\
the call has ended: True
"""


def main(mp):
    with mp.Pool(1) as pool:
        result = pool.apply_async(time.sleep, (60,))
    print("the call has ended:", result.ready())


def has_bug(lines):
    return lines == ["the call has ended: False"]
