"""More objects were reported as done than were put.

`task_done()` counts down what `put()` has counted up, and never below zero.

Text: ValueError: task_done() called too many times
Code: multiprocessing.queues.JoinableQueue.task_done
Do: Call it once for each object that `get()` has returned, in a `finally` block.
Read: a-queue-is-a-pipe-and-a-thread#received-is-not-yet-done
"""


def main(mp):
    queue = mp.JoinableQueue()
    queue.put(1)
    queue.get()
    queue.task_done()
    queue.task_done()
