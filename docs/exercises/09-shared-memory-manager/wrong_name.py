"""Wrong: the memory has a name, and if the manager ends before the block, the name and
the memory stay."""

import mmap
import os
import tempfile

from minimp import BaseProxy
from solution import MemoryManager


class Block:
    def __init__(self, size):
        descriptor, self._path = tempfile.mkstemp(dir="/dev/shm")
        with open(descriptor, "wb") as file:
            file.truncate(size)

    def path(self):
        return self._path

    def __del__(self):
        os.unlink(self._path)


class BlockProxy(BaseProxy):
    _exposed_ = ("path",)

    def view(self):
        with open(self._callmethod("path"), "r+b") as file:
            return memoryview(mmap.mmap(file.fileno(), 0))


MemoryManager.register("Block", Block, BlockProxy)
