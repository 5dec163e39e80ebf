"""A manager that hands out shared memory."""

from minimp import BaseManager, BaseProxy


class Block:
    """Lives in the server: `size` bytes."""

    def __init__(self, size):
        self._bytes = bytearray(size)

    def read(self):
        return self._bytes


class BlockProxy(BaseProxy):
    """What a client has of a Block."""

    _exposed_ = ("read",)

    def view(self):
        """Return a writable memoryview of the bytes that all clients share."""
        return memoryview(self._callmethod("read"))


class MemoryManager(BaseManager):
    """A manager whose `Block(size)` makes a Block and returns a BlockProxy."""


MemoryManager.register("Block", Block, BlockProxy)
