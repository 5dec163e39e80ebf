"""A solution: the server makes an arena, and a client gets a descriptor of it."""

from minimp import BaseManager, BaseProxy
from minimp.heap import Arena


class Block:
    """Lives in the server: `size` bytes of memory that can be mapped elsewhere too."""

    def __init__(self, size):
        self._arena = Arena(size)

    def arena(self):
        """Return the arena; it is pickled as its size and a descriptor."""
        return self._arena


class BlockProxy(BaseProxy):
    """What a client has of a Block."""

    _exposed_ = ("arena",)

    def view(self):
        """Return a writable memoryview of the bytes that all clients share.

        It keeps the bytes, even when the block and its manager are gone.
        """
        return memoryview(self._callmethod("arena").buffer)


class MemoryManager(BaseManager):
    """A manager whose `Block(size)` makes a Block and returns a BlockProxy."""


MemoryManager.register("Block", Block, BlockProxy)
