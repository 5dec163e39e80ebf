"""Wrong: it takes the lowest offset in any arena."""

import solution
from solution import measure


class FirstFitHeap(solution.FirstFitHeap):
    def _place(self, block):
        _, start, _ = block
        return start
