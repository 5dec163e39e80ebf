"""Wrong: the proxy sends `add`, but its type does not say that it may be called."""

from minimp.managers import ValueProxy
from solution import SumManager, SumValue


class SumProxy(ValueProxy):
    """What a client has."""

    def add(self, number):
        """Add `number`; return the new value."""
        return self._callmethod("add", (number,))


SumManager.register("Value", SumValue, SumProxy)
