"""The garbage collector frees a block while `malloc` holds the lock of the heap.

The collector may run at any moment. Here it runs at the worst one each time, since
the lock starts it as soon as it is taken. See that `free` asks for the lock, does not
get it, and leaves the block for `malloc`, which hands it out in the same call.
"""

import gc
import importlib


class Lock:
    """A lock in which the collector runs as soon as `malloc` has taken it."""

    def __init__(self, lock):
        self.lock = lock
        self.release = lock.release

    def acquire(self, block=True):
        got = self.lock.acquire(block)
        print(f"    acquire({block}) -> {got}")
        return got

    def __enter__(self):
        self.lock.acquire()
        print("  has the lock; the collector starts")
        gc.collect()
        print("  the collector ends")

    def __exit__(self, *exc_info):
        self.lock.release()
        print("  gives the lock back")


class Holder:
    """Frees its block when it dies."""

    def __init__(self, heap):
        self.heap = heap
        self.block = heap.malloc(8)

    def __del__(self):
        print("    free", self.block[1:])
        self.heap.free(self.block)
        print("    waiting:", len(self.heap._pending_free_blocks))


def main(mp):
    heap = importlib.import_module(f"{mp.__name__}.heap").Heap()
    gc.disable()  # from now on it runs when the lock says so
    holder = Holder(heap)
    holder.itself = holder  # a cycle: only the collector finds it
    del holder
    heap._lock = Lock(heap._lock)
    print("malloc")
    block = heap.malloc(8)
    print("returns", block[1:])
    print("waiting:", len(heap._pending_free_blocks))
