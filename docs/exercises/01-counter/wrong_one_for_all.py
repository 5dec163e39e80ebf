"""Wrong: the server calls a function that gives everybody the same Counter."""

from solution import Counter, CounterManager, count

THE_ONE = Counter()
CounterManager.register("Counter", lambda start=0: THE_ONE)
