"""Wrong: the lock is in the client, where it guards against nobody else's requests."""

import threading

from minimp import SyncManager
from minimp.managers import Value, ValueProxy


class SumValue(Value):
    """What the server holds; it has `get` and `set`."""


class SumProxy(ValueProxy):
    """What a client has."""

    _lock = threading.Lock()

    def add(self, number):
        """Add `number`; return the new value."""
        with self._lock:
            self.value += number
            return self.value


class SumManager(SyncManager):
    """A manager whose `Value("i", 0)` has an `add`."""


SumManager.register("Value", SumValue, SumProxy)
