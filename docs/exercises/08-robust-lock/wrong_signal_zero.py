"""Wrong: it asks the system for the pid, which a process keeps after its
end, until its parent has joined it."""

import os

import solution
from solution import PID_BITS, start_time


class RobustLock(solution.RobustLock):
    def _dead_owner(self):
        pid = self._owner.value & (1 << PID_BITS) - 1
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return pid
        return 0
