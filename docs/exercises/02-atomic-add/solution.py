"""A solution: `add` is one request, and all that write take one lock."""

import threading

from minimp import SyncManager
from minimp.managers import Value, ValueProxy


class SumValue(Value):
    """What the server holds."""

    def __init__(self, typecode, value, lock=True):
        super().__init__(typecode, value)
        self._lock = threading.Lock()

    def set(self, value):
        with self._lock:
            self._value = value

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
