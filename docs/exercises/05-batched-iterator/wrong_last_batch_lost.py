"""Wrong: `next` ends the list by StopIteration, and what was in the list is gone."""

import solution
from solution import BatchesProxy, BatchManager


class Batches(solution.Batches):
    def take(self, count):
        """Return a list of the next `count` items."""
        return [next(self._iterator) for _ in range(count)]


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
