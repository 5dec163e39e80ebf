"""A lock was released by someone who does not have it.

A `Lock` and a `BoundedSemaphore` know how often they may be released. An `RLock` knows
its owner, and takes a release from nobody else.

Text: ValueError: semaphore or lock released too many times
Text: AssertionError: attempt to release recursive lock not owned by thread
Code: multiprocessing.synchronize.SemLock
Do: Use `with lock:`, which releases what it has acquired, once.
Read: a-lock-is-a-semaphore#two-numbers-make-a-lock-of-it
"""

from compare.errors._attempt import attempt


def main(mp):
    attempt(mp.Lock().release)
    attempt(mp.RLock().release)
