"""A lock, a queue or a shared value was sent in a message.

A task of a `Pool`, an item of a `Queue` and an argument of a proxy's call travel
through a pipe to a process that is already there. A lock can only be passed on while a
process starts. `apply_async` says nothing until you call `get()`.

Text: RuntimeError: Lock objects should only be shared between processes through
    inheritance
Text: RuntimeError: Queue objects should only be shared between processes through
    inheritance
Text: RuntimeError: Condition objects should only be shared between processes through
    inheritance
Text: RuntimeError: Synchronized objects should only be shared between processes through
    inheritance
Text: RuntimeError: SynchronizedArray objects should only be shared between processes
    through inheritance
Code: multiprocessing.context.assert_spawning
Do: Give it to the `initializer` of the `Pool`, or to each `Process` as an argument.
Read: the-queue-a-pool-refuses#should-only-be-shared-through-inheritance
"""

from compare.errors._attempt import attempt


def main(mp):
    with mp.Pool(1) as pool:
        for shared in (
            mp.Lock(),
            mp.Queue(),
            mp.Condition(),
            mp.Value("i"),
            mp.Array("i", 1),
        ):
            attempt(lambda it=shared: pool.apply(print, (it,)))
