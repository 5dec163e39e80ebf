"""A process waits in `get`, and is killed.

See that it takes the lock of the readers along: there is an object to be read, and
nobody can read it any more.
"""

import time
from queue import Empty


def read(queue):
    queue.get()


def until(condition):
    while not condition():
        time.sleep(0.01)


def is_taken(lock):
    if lock.acquire(block=False):
        lock.release()
        return False
    return True


def main(mp):
    queue = mp.Queue()
    reader = mp.Process(target=read, args=(queue,))
    reader.start()
    until(lambda: is_taken(queue._rlock))
    print("the reader waits in get()")
    reader.kill()
    reader.join()
    queue.put("hello")
    until(lambda: not queue.empty())
    print("empty():", queue.empty())
    try:
        print("get():", queue.get(timeout=1))
    except Empty:
        print("get(timeout=1): Empty")
