"""Wrong: it takes the first that it finds in the table, which is in the order in
which the lengths came up."""

import solution
from solution import measure


class FirstFitHeap(solution.FirstFitHeap):
    def _first(self, size):
        for length, blocks in self._len_to_seq.items():
            if length >= size:
                return blocks[0]
        return None
