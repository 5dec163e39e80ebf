"""Wrong: the server keeps each arena for ever, as if its clients' views needed that."""

from minimp import BaseManager, BaseProxy
from minimp.heap import Arena

ARENAS = []


class Block:
    def __init__(self, size):
        self._arena = Arena(size)
        ARENAS.append(self._arena)

    def arena(self):
        return self._arena


class BlockProxy(BaseProxy):
    _exposed_ = ("arena",)

    def view(self):
        return memoryview(self._callmethod("arena").buffer)


class MemoryManager(BaseManager):
    pass


MemoryManager.register("Block", Block, BlockProxy)
