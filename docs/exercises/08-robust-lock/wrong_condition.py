"""Wrong: those who wait sleep in a condition, and if one of them is killed, the
next notify waits for it for ever."""

import os

from minimp import Condition, RawArray


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
        self._changed = Condition()
        self._owner = RawArray("q", 2)  # pid, start time

    def acquire(self):
        with self._changed:
            while self._lives():
                self._changed.wait(0.05)
            dead = self._owner[0]
            self._owner[:] = os.getpid(), start_time(os.getpid())
            return dead

    def release(self):
        with self._changed:
            self._owner[:] = 0, 0
            self._changed.notify()

    def _lives(self):
        pid, start = self._owner
        return pid and start_time(pid) == start

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
