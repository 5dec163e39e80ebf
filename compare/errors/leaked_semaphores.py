"""A program was killed while it had locks.

Locks for spawned children have names, which outlive a process that is killed. CPython's
resource tracker, a helper process, removes them and says so. minimp's locks have no
names, so nothing is left.

Text until 3.12: UserWarning: resource_tracker: There appear to be 1 leaked semaphore
    objects to clean up at shutdown
Text since 3.13: UserWarning: resource_tracker: There appear to be 1 leaked semaphore
    objects to clean up at shutdown: {'...'}
minimp: nothing
Code: multiprocessing.resource_tracker.main
Do: Nothing, if you killed it; else see that all processes are joined before the end.
Read: locks-between-processes#leaked-semaphore-objects
Method: spawn
"""

import os
import signal


def main(mp):
    if os.fork() == 0:
        lock = mp.Lock()
        print(lock, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    os.wait()
