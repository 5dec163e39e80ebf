"""Wrong: it takes whoever holds the lock for a sixth of a second for dead."""

import os
import time

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
        self._since = RawValue("d")
        self._inheriting = Lock()

    def acquire(self):
        dead = 0
        while not self._lock.acquire(timeout=0.05):
            with self._inheriting:
                if time.monotonic() - self._since.value > 0.15:
                    dead = self._owner.value
                    break
        self._owner.value, self._since.value = os.getpid(), time.monotonic()
        return dead

    def release(self):
        self._owner.value, self._since.value = 0, time.monotonic()
        self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
