"""A worker of a Pool is killed in the middle of a task.

See that the Pool starts another worker, which does what else there is to do, and that
the task of the first one has no result. `get` needs a timeout here: with CPython's
Pool it would wait for ever. minimp's Pool knows, and raises at once.
"""

import os
import signal


def kill_me():
    os.kill(os.getpid(), signal.SIGKILL)


def main(mp):
    with mp.Pool(1) as pool:
        first = pool.apply(os.getpid)
        lost = pool.apply_async(kill_me)
        print("another worker:", pool.apply(os.getpid) != first)
        print("it works:", pool.map(abs, range(-3, 3)))
        try:
            lost.get(timeout=0.5)
        except mp.ProcessError:  # a TimeoutError, or one that says more
            print("the lost task has no result")
