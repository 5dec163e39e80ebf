"""An iterator that fetches its items in batches."""

from minimp import SyncManager
from minimp.managers import IteratorProxy

BATCH = 100  # items that one reply brings, at most


class Batches:
    """What the server holds: made of the iterator that a method returned there."""

    def __init__(self, iterator):
        self._iterator = iterator

    def __next__(self):
        return next(self._iterator)


class BatchesProxy(IteratorProxy):
    """What a loop of a client has: an iterator, with `__iter__` and `__next__`."""

    _exposed_ = ("__next__",)


class BatchManager(SyncManager):
    """A manager to which an `Iterator` is something else."""


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
