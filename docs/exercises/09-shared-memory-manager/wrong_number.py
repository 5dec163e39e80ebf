"""Wrong: it sends the number of the descriptor, which means something else, or nothing,
in another process."""

import mmap

from minimp import BaseManager, BaseProxy
from minimp.heap import Arena


class Block:
    def __init__(self, size):
        self._arena = Arena(size)

    def descriptor(self):
        return self._arena.fd, self._arena.size


class BlockProxy(BaseProxy):
    _exposed_ = ("descriptor",)

    def view(self):
        return memoryview(mmap.mmap(*self._callmethod("descriptor")))


class MemoryManager(BaseManager):
    pass


MemoryManager.register("Block", Block, BlockProxy)
