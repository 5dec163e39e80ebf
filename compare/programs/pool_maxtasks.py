"""One worker at a time, and no more than two tasks for each.

See that the Pool starts another one each time. A task of `map` is a chunk, so with
three numbers in a chunk, each worker sees six.
"""

import os
from collections import Counter


def worker_of(number):
    return os.getpid()


def shares(pids):
    """Return how many calls each worker has had."""
    return list(Counter(pids).values())


def main(mp):
    with mp.Pool(1) as pool:
        print("no limit:", shares(pool.map(worker_of, range(6), chunksize=1)))
    for chunksize in (1, 3):
        with mp.Pool(1, maxtasksperchild=2) as pool:
            pids = pool.map(worker_of, range(6 * chunksize), chunksize)
            print(f"two tasks of {chunksize}:", shares(pids))
