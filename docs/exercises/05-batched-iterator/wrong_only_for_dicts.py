"""Wrong: `keys()` is one request for all, and helps no other iterator."""

from minimp import SyncManager
from minimp.managers import DictProxy


class KeysProxy(DictProxy):
    """A proxy of a dict that fetches all keys for a loop."""

    def __iter__(self):
        return iter(self.keys())


class BatchManager(SyncManager):
    """A manager that has another proxy for dicts."""


BatchManager.register("dict", dict, KeysProxy)
