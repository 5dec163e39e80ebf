"""What a task has returned cannot be pickled.

The result, or the exception, travels back through a pipe. Here a worker has returned a
lock between threads; the second half of the text says what pickle thinks of it.

Text: MaybeEncodingError: Error sending result: '<unlocked _thread.lock object at
    0x...>'. Reason: 'TypeError("cannot pickle '_thread.lock' object")'
Code: multiprocessing.pool.worker
Do: Return data: numbers, texts, lists, objects of classes at the top of a module.
Read: two-queues-three-threads#errors-from-afar
"""

import threading


def main(mp):
    with mp.Pool(1) as pool:
        pool.apply(threading.Lock)
