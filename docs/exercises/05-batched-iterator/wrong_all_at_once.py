"""Wrong: the first request fetches all there is, however much the loop will use."""

from minimp import BaseProxy, SyncManager


class Batches:
    """What the server holds: made of the iterator that a method returned there."""

    def __init__(self, iterator):
        self._iterator = iterator

    def take(self):
        """Return a list of all items."""
        return list(self._iterator)


class BatchesProxy(BaseProxy):
    """What a loop of a client has: an iterator."""

    _exposed_ = ("take",)
    _items = None

    def __iter__(self):
        return self

    def __next__(self):
        if self._items is None:
            self._items = iter(self._callmethod("take"))
        return next(self._items)


class BatchManager(SyncManager):
    """A manager to which an `Iterator` is something else."""


BatchManager.register("Iterator", Batches, BatchesProxy, create_method=False)
