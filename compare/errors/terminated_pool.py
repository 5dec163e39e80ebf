"""A result was asked for after its pool had been terminated.

`with Pool() as pool:` terminates the pool at the end of the block. minimp says so;
CPython's `get()` waits for ever.

Text: TimeoutError
minimp: WorkerLostError: the pool was terminated
Code: multiprocessing.pool.Pool._terminate_pool
Do: Call `get()` inside of the block, or `close()` and `join()` at its end.
Read: two-queues-three-threads#with-ends-too-early
"""

import time


def main(mp):
    with mp.Pool(1) as pool:
        result = pool.apply_async(time.sleep, (60,))
    result.get(timeout=0.1)
