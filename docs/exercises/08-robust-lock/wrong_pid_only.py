"""Wrong: it writes down the pid without the start time, so a new process with
the same pid passes for the owner."""

import os

from minimp import Lock, RawValue


def start_time(pid):
    """Return when process `pid` began, in ticks of a clock; 0 if it has ended.

    Complete, nothing to do here. A zombie, a process that has ended and that its parent
    has not joined yet, has ended.
    """
    try:
        with open(f"/proc/{pid}/stat") as file:
            state, *numbers = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if state == "Z" else int(numbers[18])


class RobustLock:
    def __init__(self):
        self._lock = Lock()
        self._owner = RawValue("q")
        self._inheriting = Lock()

    def acquire(self):
        while not self._lock.acquire(timeout=0.05):
            with self._inheriting:
                dead = self._owner.value
                if dead and not self._lives(dead):
                    self._owner.value = os.getpid()
                    return dead
        self._owner.value = os.getpid()
        return 0

    def release(self):
        self._owner.value = 0
        self._lock.release()

    def _lives(self, pid):
        return start_time(pid) != 0

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
