"""Wrong: a method makes the Counter in the process that asks, not in the server."""

from minimp import BaseManager
from solution import Counter, count


class CounterManager(BaseManager):
    """A manager that can make a Counter."""

    def Counter(self, start=0):
        return Counter(start)
