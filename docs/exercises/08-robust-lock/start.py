"""A lock that notices that its owner has died."""

from minimp import Lock


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
    """A lock for processes; whoever gets it after an owner that died is told."""

    def __init__(self):
        self._lock = Lock()

    def acquire(self):
        """Take the lock; return 0, or the pid of the owner who died holding it."""
        self._lock.acquire()
        return 0

    def release(self):
        """Give the lock back."""
        self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()
