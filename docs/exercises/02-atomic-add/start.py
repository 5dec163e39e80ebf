"""A managed value with an `add` that loses no update."""

from minimp import SyncManager
from minimp.managers import Value, ValueProxy


class SumValue(Value):
    """What the server holds; it has `get` and `set`."""


class SumProxy(ValueProxy):
    """What a client has; it has `get`, `set` and `value`, which sends one of these."""

    def add(self, number):
        """Add `number`; return the new value."""
        self.value += number
        return self.value


class SumManager(SyncManager):
    """A manager whose `Value("i", 0)` has an `add`."""


SumManager.register("Value", SumValue, SumProxy)
