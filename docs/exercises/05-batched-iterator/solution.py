"""A solution: a request for a list of items, and a place in the last such list."""

from itertools import islice

from minimp import BaseProxy, SyncManager

BATCH = 100  # items that one reply brings, at most


class Batches:
    """What the server holds: made of the iterator that a method returned there."""

    def __init__(self, iterator):
        self._iterator = iterator

    def take(self, count):
        """Return a list of the next items: `count`, or fewer at the end."""
        return list(islice(self._iterator, count))


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
