"""A lock that its owner may take again, and one that it may not.

See how often an RLock has been taken in its repr, that only the last release opens it
to others, and what each kind says to a release that is not due.
"""


def try_both(lock, rlock):
    print("child gets the lock: ", lock.acquire(block=False))
    print("child gets the rlock:", rlock.acquire(block=False))
    print(rlock, flush=True)


def attempt(mp, lock, rlock):
    child = mp.Process(target=try_both, args=(lock, rlock), name="Child")
    child.start()
    child.join()


def main(mp):
    lock, rlock = mp.Lock(), mp.RLock()
    print(lock, rlock)
    lock.acquire()
    print("the lock once more: ", lock.acquire(timeout=0.01))
    print("the rlock three times:", [rlock.acquire() for _ in range(3)])
    print(lock, rlock)
    rlock.release()
    rlock.release()
    print(rlock, flush=True)
    attempt(mp, lock, rlock)
    lock.release()
    rlock.release()
    print(lock, rlock, flush=True)
    for one, expected in ((lock, ValueError), (rlock, AssertionError)):
        try:
            one.release()
        except expected as error:
            print(f"{expected.__name__}: {error}")
