"""Wrong: everybody who finds the owner dead releases the lock in its place,
so several may."""

import os

from minimp import Lock, RawArray


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
        self._owner = RawArray("q", 2)  # pid, start time

    def acquire(self):
        dead = 0
        while not self._lock.acquire(timeout=0.05):
            pid, start = self._owner
            if pid and start_time(pid) != start:
                self._lock.release()
                dead = pid
        self._owner[:] = os.getpid(), start_time(os.getpid())
        return dead

    def release(self):
        self._owner[:] = 0, 0
        self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
