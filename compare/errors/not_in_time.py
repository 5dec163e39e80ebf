"""A result was not there in time.

`get(timeout)` raises this error, which has no text, and `successful()` the other one.
The task goes on. It is not Python's own `TimeoutError`.

Text: TimeoutError
Text: ValueError: <multiprocessing.pool.ApplyResult object at 0x...> not ready
minimp: TimeoutError
minimp: ValueError: <minimp.pool.ApplyResult object at 0x...> not ready
Code: multiprocessing.pool.ApplyResult.get
Do: Catch `multiprocessing.TimeoutError`, and ask again; or `wait()` and look at
    `ready()`.
Read: two-queues-three-threads#it-waits-for-ever
"""

import time

from compare.errors._attempt import attempt


def main(mp):
    with mp.Pool(1) as pool:
        result = pool.apply_async(time.sleep, (60,))
        attempt(lambda: result.get(timeout=0.1))
        attempt(result.successful)
