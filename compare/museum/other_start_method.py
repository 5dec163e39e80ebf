"""A lock that was made under fork cannot be sent to a spawned child.

You would expect that a lock is a lock, however its users were started.
"""

import multiprocessing

ISSUE = 77377
PAIR = "synchronize.SemLock.__getstate__"
EXPECTED = """\
the child took the lock: True
the child ended: 0
"""


def take(lock):
    print("the child took the lock:", lock.acquire(timeout=5), flush=True)


def main(mp):
    spawn = multiprocessing.get_context("spawn")
    child = spawn.Process(target=take, args=(mp.Lock(),))
    try:
        child.start()
        child.join()
        print("the child ended:", child.exitcode)
    except RuntimeError as error:
        print(error)


def has_bug(lines):
    refused = "A SemLock created in a fork context is being shared"
    return lines[-1].startswith((refused, "the child ended: 1"))
