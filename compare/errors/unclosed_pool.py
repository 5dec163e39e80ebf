"""A pool was forgotten while it runs.

Nothing refers to it any more, and it was neither closed nor terminated. Its workers are
ended all the same; results that are still to come are lost. Python shows this warning
only when it is started with `-W default` or `-X dev`.

Text: ResourceWarning: unclosed running multiprocessing pool <multiprocessing.pool.Pool
    state=RUN pool_size=1>
minimp: ResourceWarning: unclosed running multiprocessing pool <minimp.pool.Pool
    state=RUN pool_size=1>
Code: multiprocessing.pool.Pool.__del__
Do: Use `with`, or call `close()` and `join()`.
Read: two-queues-three-threads#with-ends-too-early
"""

import warnings


def main(mp):
    warnings.simplefilter("always", ResourceWarning)
    mp.Pool(1)
