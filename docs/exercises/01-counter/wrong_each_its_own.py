"""Wrong: each process gets a Counter, not a proxy, and so counts in a copy."""

from minimp import Process
from solution import Counter, CounterManager, work


def count(manager, processes, times):
    """Let each of `processes` add 1, `times` times, to one counter; return its end."""
    counter = manager.Counter()
    children = [Process(target=work, args=(Counter(), times)) for _ in range(processes)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return counter.get()
