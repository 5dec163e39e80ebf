"""Wrong: `add` takes a lock, but `set` does not, and writes in the middle of it."""

import threading

from minimp import SyncManager
from minimp.managers import Value, ValueProxy


class SumValue(Value):
    """What the server holds."""

    def __init__(self, typecode, value, lock=True):
        super().__init__(typecode, value)
        self._lock = threading.Lock()

    def add(self, number):
        with self._lock:
            self._value += number
            return self._value


class SumProxy(ValueProxy):
    """What a client has."""

    _exposed_ = (*ValueProxy._exposed_, "add")

    def add(self, number):
        """Add `number`; return the new value."""
        return self._callmethod("add", (number,))


class SumManager(SyncManager):
    """A manager whose `Value("i", 0)` has an `add`."""


SumManager.register("Value", SumValue, SumProxy)
