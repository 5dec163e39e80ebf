"""Wrong: it leaves a length in the table of which no free block is left."""

import solution
from solution import measure


class FirstFitHeap(solution.FirstFitHeap):
    def _remove_free_block(self, block):
        _, start, stop = block
        self._len_to_seq[stop - start].remove(block)
