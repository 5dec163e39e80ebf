"""Wrong: one process does it all, one round after another."""

import os
import threading

from minimp import BaseManager


class Counter:
    """A number; complete, nothing to do here."""

    def __init__(self, start=0):
        self.number, self.lock = start, threading.Lock()

    def add(self, amount):
        with self.lock:
            self.number += amount
            return self.number

    def get(self):
        return self.number

    def pid(self):
        """The process that this object lives in."""
        return os.getpid()


class CounterManager(BaseManager):
    """A manager that can make a Counter."""


CounterManager.register("Counter", Counter)


def work(counter, times):
    for _ in range(times):
        counter.add(1)


def count(manager, processes, times):
    """Let each of `processes` add 1, `times` times, to one counter; return its end."""
    counter = manager.Counter()
    for _ in range(processes):
        work(counter, times)
    return counter.get()

    return counter.get()
