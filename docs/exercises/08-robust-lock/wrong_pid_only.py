"""Wrong: it looks at the pid without the start time, so a new process with
the same pid passes for the owner."""

import solution
from solution import PID_BITS, start_time


class RobustLock(solution.RobustLock):
    def _dead_owner(self):
        pid = self._owner.value & (1 << PID_BITS) - 1
        return pid if pid and not start_time(pid) else 0
