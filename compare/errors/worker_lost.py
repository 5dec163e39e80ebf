"""The worker that had the task was killed.

By the system, perhaps, for want of memory. CPython starts another worker and does not
know which task is lost, so its call waits for ever, or until `get(timeout)` gives up.
minimp fails the call, and names the worker.

Text: TimeoutError
minimp: WorkerLostError: <ForkProcess name='ForkPoolWorker-1' pid=... parent=... stopped
    exitcode=-SIGKILL daemon> ended before its task was done
Code: multiprocessing.pool.Pool._join_exited_workers
Do: Give `get` a timeout, or use `concurrent.futures.ProcessPoolExecutor`, which raises
    `BrokenProcessPool`.
Read: two-queues-three-threads#a-connection-for-each-worker
"""

import os
import signal


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def main(mp):
    with mp.Pool(1) as pool:
        pool.apply_async(be_killed).get(timeout=1)
