"""Wrong: everybody who finds the owner dead releases the lock in its place,
so several may."""

import solution
from solution import LOOK_EVERY, PID_BITS, _my_name, start_time


class RobustLock(solution.RobustLock):
    def acquire(self):
        dead = 0
        while not self._lock.acquire(timeout=LOOK_EVERY):
            owner = self._owner.value
            pid = owner & (1 << PID_BITS) - 1
            if owner and start_time(pid) != owner >> PID_BITS:
                self._lock.release()
                dead = pid
        self._owner.value = _my_name()
        return dead
