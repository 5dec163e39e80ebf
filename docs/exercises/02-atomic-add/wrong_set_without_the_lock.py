"""Wrong: `add` takes a lock, but `set` does not, and writes in the middle of it."""

import solution
from solution import SumManager, SumProxy


class SumValue(solution.SumValue):
    def set(self, value):
        self._value = value


SumManager.register("Value", SumValue, SumProxy)
