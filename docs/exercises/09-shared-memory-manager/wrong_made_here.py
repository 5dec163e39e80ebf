"""Wrong: each proxy makes an arena of its own, and the server knows the size only."""

from minimp import BaseProxy
from minimp.heap import Arena
from solution import MemoryManager


class Block:
    def __init__(self, size):
        self._size = size

    def size(self):
        return self._size


class BlockProxy(BaseProxy):
    _exposed_ = ("size",)
    _arena = None

    def view(self):
        if self._arena is None:
            self._arena = Arena(self._callmethod("size"))
        return memoryview(self._arena.buffer)


MemoryManager.register("Block", Block, BlockProxy)
