"""One worker at a time, and no more than two tasks for each.

See that the Pool starts another one each time. A task of `map` is a chunk, so with
three numbers in a chunk, each worker sees six.
"""

import itertools
import os


def worker_of(number):
    return os.getpid()


def runs(pids):
    """Return how many calls in a row each worker has had."""
    return [len(list(calls)) for _, calls in itertools.groupby(pids)]


def main(mp):
    with mp.Pool(1) as pool:
        print("no limit:", runs(pool.map(worker_of, range(6), chunksize=1)))
    for chunksize in (1, 3):
        with mp.Pool(1, maxtasksperchild=2) as pool:
            pids = pool.map(worker_of, range(6 * chunksize), chunksize)
            print(f"two tasks of {chunksize}:", runs(pids))
