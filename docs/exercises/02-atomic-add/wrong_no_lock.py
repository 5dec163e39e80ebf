"""Wrong: one request, but the server runs two of them at the same time."""

from minimp import SyncManager
from minimp.managers import Value, ValueProxy


class SumValue(Value):
    """What the server holds."""

    def add(self, number):
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
