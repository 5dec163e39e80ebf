"""A read-write lock: inside are any number of readers, or one writer."""

import contextlib

from minimp import Lock


class ReadWriteLock:
    """A lock for data that is read often and written rarely.

    A writer who waits goes before readers who come later.
    """

    def __init__(self):
        self._lock = Lock()

    @contextlib.contextmanager
    def reading(self):
        """Be inside as a reader, for the time of a `with`."""
        with self._lock:
            yield

    @contextlib.contextmanager
    def writing(self):
        """Be inside as the only one, for the time of a `with`."""
        with self._lock:
            yield
