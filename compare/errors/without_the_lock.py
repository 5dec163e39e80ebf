"""You called `wait` or `notify` without the condition's lock.

The lock is what makes "look, then sleep" one step: without it a notification could come
in between, and be missed.

Text: AssertionError: must acquire() condition before using wait()
Text: AssertionError: lock is not owned
Code: multiprocessing.synchronize.Condition.wait
Do: Call both inside of `with condition:`.
Read: condition-event-barrier#without-the-lock
"""

from compare.errors._attempt import attempt


def main(mp):
    condition = mp.Condition()
    attempt(condition.wait)
    attempt(condition.notify)
