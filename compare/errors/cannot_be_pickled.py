"""An object that only this process can use was sent to another one.

A lock between threads, an open file, a socket or a generator is no data. A `Queue`
pickles in a thread of its own: the traceback is printed, `put` has returned long ago,
and the object never arrives.

Text: TypeError: cannot pickle '_thread.lock' object
Text: TypeError: cannot pickle 'generator' object
Text until 3.11: TypeError: cannot pickle '_io.TextIOWrapper' object
Text since 3.12: TypeError: cannot pickle 'TextIOWrapper' instances
Code: multiprocessing.queues.Queue._feed
Do: Send what it was made of, and make it anew there; or leave it out in `__getstate__`.
Read: a-queue-is-a-pipe-and-a-thread#an-object-is-missing
Method: spawn
"""

import sys
import threading

from compare.errors._attempt import attempt


def main(mp):
    attempt(mp.Process(target=print, args=(threading.Lock(),)).start)
    with mp.Pool(1) as pool:
        attempt(lambda: pool.apply(print, ((n for n in "ab"),)))
    queue = mp.Queue()
    queue.put(sys.stdout)
    queue.close()
    queue.join_thread()
