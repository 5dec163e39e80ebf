"""A pool was sent to one of its workers.

Mostly it is an attribute of the object whose method is the task: a method is pickled
together with its object.

Text: NotImplementedError: pool objects cannot be passed between processes or pickled
Code: multiprocessing.pool.Pool.__reduce__
Do: Keep the pool in a variable outside of the object, or use a function as the task.
Read: the-queue-a-pool-refuses#a-pool-in-a-task
"""


class Job:
    def __init__(self, pool):
        self.pool = pool

    def double(self, number):
        return 2 * number


def main(mp):
    with mp.Pool(1) as pool:
        pool.map(Job(pool).double, [1, 2])
