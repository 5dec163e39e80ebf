"""Wrong: the list belongs to the class, so loops take each other's items."""

import solution
from solution import BATCH, Batches, BatchManager


class BatchesProxy(solution.BatchesProxy):
    _batch = []

    def __next__(self):
        if not self._batch:
            self._batch.extend(self._callmethod("take", (BATCH,)))
        if not self._batch:
            raise StopIteration
        return self._batch.pop(0)


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
