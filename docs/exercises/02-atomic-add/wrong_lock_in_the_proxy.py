"""Wrong: the lock is in the client, where it guards against nobody else's requests."""

import threading

from minimp.managers import Value, ValueProxy
from solution import SumManager


class SumProxy(ValueProxy):
    """What a client has."""

    _lock = threading.Lock()

    def add(self, number):
        """Add `number`; return the new value."""
        with self._lock:
            self.value += number
            return self.value


SumManager.register("Value", Value, SumProxy)
