"""A child is killed while it holds the Lock of a manager.

See that nobody releases it: the server has a lock without an owner, and does not know
whose it was. Anybody may release it, so the parent can, once it knows that the child
is dead.
"""

import time


def hold(lock, both):
    lock.acquire()
    both.wait()
    time.sleep(600)


def main(mp):
    with mp.Manager() as manager:
        lock, both = manager.Lock(), mp.Barrier(2)
        child = mp.Process(target=hold, args=(lock, both))
        child.start()
        both.wait()
        child.kill()
        child.join()
        print("the child's exit code:", child.exitcode)
        print("the parent gets the lock:", lock.acquire(timeout=0.2))
        lock.release()
        print("after a release by the parent:", lock.acquire(timeout=0.2))
