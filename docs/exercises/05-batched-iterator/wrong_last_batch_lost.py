"""Wrong: `next` ends the list by StopIteration, and what was in the list is gone."""

from minimp import BaseProxy, SyncManager

BATCH = 100  # items that one reply brings, at most


class Batches:
    """What the server holds: made of the iterator that a method returned there."""

    def __init__(self, iterator):
        self._iterator = iterator

    def take(self, count):
        """Return a list of the next `count` items."""
        return [next(self._iterator) for _ in range(count)]


class BatchesProxy(BaseProxy):
    """What a loop of a client has: an iterator."""

    _exposed_ = ("take",)
    _batch = iter(())

    def __iter__(self):
        return self

    def __next__(self):
        for item in self._batch:
            return item
        self._batch = iter(self._callmethod("take", (BATCH,)))
        return next(self._batch)


class BatchManager(SyncManager):
    """A manager to which an `Iterator` is something else."""


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
