"""A queue had nothing to give, or no free place.

Both errors come without a text. `Empty` does not mean that nothing will come: what was
put just now may still be in the buffer of the process that put it.

Text: Empty
Text: Full
Code: multiprocessing.queues.Queue.get
Do: Import both from `queue`; wait longer, or without a timeout for a last object such
    as `None`, which says that no more will come.
Read: a-queue-is-a-pipe-and-a-thread#empty-full-closed
"""

from compare.errors._attempt import attempt


def main(mp):
    queue = mp.Queue(1)
    attempt(queue.get_nowait)
    queue.put(1)
    attempt(lambda: queue.put(2, timeout=0.1))
