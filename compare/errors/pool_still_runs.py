"""A pool was joined that still takes tasks.

`join()` waits until the workers have ended, and they go on as long as a task may come.

Text: ValueError: Pool is still running
Code: multiprocessing.pool.Pool.join
Do: Call `close()` first, for all tasks to be done, or `terminate()`.
Read: two-queues-three-threads#with-ends-too-early
"""


def main(mp):
    with mp.Pool(1) as pool:
        pool.join()
