"""A task was given to a pool that was closed or terminated.

`close()` lets it take no more tasks, and `with Pool() as pool:` terminates it at the
end of the block.

Text: ValueError: Pool not running
Code: multiprocessing.pool.Pool._check_running
Do: Use it inside of the block; call `close()` after the last task.
Read: two-queues-three-threads#with-ends-too-early
"""


def main(mp):
    with mp.Pool(1) as pool:
        pass
    pool.map(abs, [1])
