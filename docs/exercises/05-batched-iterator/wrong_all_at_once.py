"""Wrong: the first request fetches all there is, however much the loop will use."""

import solution
from solution import BatchesProxy, BatchManager


class Batches(solution.Batches):
    def take(self, count):
        """Return a list of all items."""
        return list(self._iterator)


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
