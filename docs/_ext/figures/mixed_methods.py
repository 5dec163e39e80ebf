"""A lock made under fork, sent to a child under spawn (see `semaphores.mixed`)."""

import multiprocessing


def take(lock):
    print("the child gets the lock:", lock.acquire(block=False), flush=True)


def main(mp):
    lock = mp.Lock()
    process = multiprocessing.get_context("spawn").Process(target=take, args=(lock,))
    try:
        process.start()
    except RuntimeError as error:
        print("RuntimeError:", error)
    else:
        process.join()
