"""A solution: the owner's pid and start time stand beside the lock, and those who wait
look from time to time whether that process is still there."""

import os

from minimp import Lock, RawValue

LOOK_EVERY = 0.05  # seconds
PID_BITS = 22  # no pid of Linux needs more


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


def _my_name():
    """Return a number that no other process has, has had or will have."""
    pid = os.getpid()
    return start_time(pid) << PID_BITS | pid


class RobustLock:
    """A lock for processes; whoever gets it after an owner that died is told."""

    def __init__(self):
        self._lock = Lock()
        # Two numbers in one, so that nobody can read the pid of one process and the
        # start time of another:
        self._owner = RawValue("Q")  # a name, or 0
        self._inheriting = Lock()  # held by whoever takes the place of a dead owner

    def acquire(self):
        """Take the lock; return 0, or the pid of the owner who died holding it."""
        name = _my_name()
        while not self._lock.acquire(timeout=LOOK_EVERY):
            if self._dead_owner() and (dead := self._inherit(name)):
                return dead
        self._owner.value = name
        return 0

    def release(self):
        """Give the lock back."""
        self._owner.value = 0  # first: afterwards it may be another's
        self._lock.release()

    def _dead_owner(self):
        """Return the pid of the owner if it has died, else 0."""
        owner = self._owner.value
        pid = owner & (1 << PID_BITS) - 1
        return pid if owner and start_time(pid) != owner >> PID_BITS else 0

    def _inherit(self, name):
        """Be the owner in place of a dead one; return its pid, 0 if that was not to be.

        The lock stays taken all the time, so that nobody else can get it.
        """
        if not self._inheriting.acquire(block=False):
            return 0  # somebody else is about to
        try:
            if dead := self._dead_owner():  # still
                self._owner.value = name
            return dead
        finally:
            self._inheriting.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
