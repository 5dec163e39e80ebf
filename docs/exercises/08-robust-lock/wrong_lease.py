"""Wrong: it takes whoever holds the lock for a sixth of a second for dead."""

import time

import solution
from minimp import RawValue
from solution import PID_BITS, start_time


class RobustLock(solution.RobustLock):
    def __init__(self):
        super().__init__()
        self._since = RawValue("d")

    def acquire(self):
        dead = super().acquire()
        self._since.value = time.monotonic()
        return dead

    def _dead_owner(self):
        late = time.monotonic() - self._since.value > 0.15
        return self._owner.value & (1 << PID_BITS) - 1 if late else 0
