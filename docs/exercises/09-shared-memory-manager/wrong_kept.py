"""Wrong: the server keeps each arena for ever, as if its clients' views needed that."""

import solution
from solution import BlockProxy, MemoryManager

ARENAS = []


class Block(solution.Block):
    def __init__(self, size):
        super().__init__(size)
        ARENAS.append(self._arena)


MemoryManager.register("Block", Block, BlockProxy)
