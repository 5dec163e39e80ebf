"""A party of a barrier did not come in time, or called `abort` or `reset`.

Those who wait are told at once. After a timeout or `abort`, so is everybody who comes
later, until `reset`: the number that the barrier waits for cannot be reached.

Text: BrokenBarrierError
Code: multiprocessing.synchronize.Barrier
Do: Find the party that ended early; then call `barrier.reset()`.
Read: condition-event-barrier#a-party-that-never-comes
"""


def main(mp):
    mp.Barrier(2).wait(timeout=0.01)
