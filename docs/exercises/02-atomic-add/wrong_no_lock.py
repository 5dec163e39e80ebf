"""Wrong: one request, but the server runs two of them at the same time."""

from minimp.managers import Value
from solution import SumManager, SumProxy


class SumValue(Value):
    """What the server holds."""

    def add(self, number):
        self._value += number
        return self._value


SumManager.register("Value", SumValue, SumProxy)
