"""A process is killed while it holds two locks.

See that both stay taken, that nothing says by whom, and who may open them again: the
Lock anybody, the RLock nobody.
"""

import os
import signal


def take_and_die(lock, rlock):
    lock.acquire()
    rlock.acquire()
    print("child: ", lock, rlock, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def main(mp):
    lock, rlock = mp.Lock(), mp.RLock()
    child = mp.Process(target=take_and_die, args=(lock, rlock), name="Child")
    child.start()
    child.join()
    print("exit code:", child.exitcode)
    print("parent:", lock, rlock)
    print("lock within 0.1 s: ", lock.acquire(timeout=0.1))
    print("rlock within 0.1 s:", rlock.acquire(timeout=0.1))
    try:
        rlock.release()
    except AssertionError as error:
        print("AssertionError:", error)
    lock.release()
    print("lock after a release by the parent:", lock.acquire(block=False), lock)
