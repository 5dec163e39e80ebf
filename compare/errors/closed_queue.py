"""A queue was used after `close()`, or its thread joined before.

`close()` says that this process puts and gets no more; `join_thread()` then waits until
all that was put has been sent. Other processes may go on.

Text: ValueError: Queue <multiprocessing.queues.Queue object at 0x...> is closed
Text: AssertionError: Queue <multiprocessing.queues.Queue object at 0x...> not closed
minimp: ValueError: Queue <minimp.queues.Queue object at 0x...> is closed
minimp: AssertionError: Queue <minimp.queues.Queue object at 0x...> not closed
Code: multiprocessing.queues.Queue.put
Do: Close it last, or not at all: a queue that is forgotten is closed.
Read: a-queue-is-a-pipe-and-a-thread#empty-full-closed
"""

from compare.errors._attempt import attempt


def main(mp):
    queue = mp.Queue()
    attempt(queue.join_thread)
    queue.close()
    attempt(lambda: queue.put(1))
