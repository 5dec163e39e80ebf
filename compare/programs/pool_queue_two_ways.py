"""Two ways for a queue to reach the workers of a Pool.

See that a Queue can go along while the processes start, by the initializer, and that
the queue of a manager can go with each task: what travels then is a proxy.
"""

own = []  # in a worker: the queue that the initializer put there


def initialize(queue):
    own.append(queue)


def put_into_own(text):
    own[0].put(text)


def put(queue, text):
    queue.put(text)


def main(mp):
    queue = mp.Queue()
    with mp.Pool(2, initialize, (queue,)) as pool:
        pool.map(put_into_own, ["a", "b", "c"])
        print(type(queue).__name__, sorted(queue.get() for _ in range(3)))
    with mp.Manager() as manager, mp.Pool(2) as pool:
        queue = manager.Queue()
        pool.starmap(put, [(queue, text) for text in ["a", "b", "c"]])
        print(type(queue).__name__, sorted(queue.get() for _ in range(3)))
