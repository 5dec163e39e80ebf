"""A lock made for forked children was given to a child that is spawned.

A lock for fork has no name by which a spawned child could open it. Before Python
3.11.5 the child got an address that means nothing to it, and ended by a segmentation
fault. minimp sends the memory of the lock: it suits every start method.

Text since 3.11.5: RuntimeError: A SemLock created in a fork context is being shared
    with a process in a spawn context. This is not supported. Please use the same
    context to create multiprocessing objects and Process.
minimp: nothing
Code: multiprocessing.synchronize.SemLock.__getstate__
Do: Make all of them from one context: `mp = multiprocessing.get_context("spawn")`.
Read: locks-between-processes#made-for-fork-sent-to-a-spawned-child
"""

import multiprocessing


def main(mp):
    spawn = multiprocessing.get_context("spawn")
    lock = mp.Lock()
    process = spawn.Process(target=id, args=(lock,))
    process.start()
    process.join()
