"""A pool was made, or asked for something, with a number that makes no sense.

`Pool(0)` is often meant as "no processes, do it here", and an `initializer` that was
called where it should be named is the fourth of these.

Text: ValueError: Number of processes must be at least 1
Text: ValueError: maxtasksperchild must be a positive int or None
Text: ValueError: Chunksize must be 1+, not 0
Text: TypeError: initializer must be a callable
Code: multiprocessing.pool.Pool.__init__
Do: Leave it out: `Pool()` has as many workers as there are CPUs. Write
    `initializer=prepare, initargs=(x,)`.
Read: two-queues-three-threads#with-ends-too-early
"""

from compare.errors._attempt import attempt


def main(mp):
    attempt(lambda: mp.Pool(0))
    attempt(lambda: mp.Pool(1, maxtasksperchild=0))
    attempt(lambda: mp.Pool(1, initializer="prepare"))
    with mp.Pool(1) as pool:
        attempt(lambda: pool.imap(abs, [1], chunksize=0))
