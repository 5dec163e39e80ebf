"""A solution: a condition, and three numbers in shared memory that say who is where."""

import contextlib

from minimp import Condition, RawValue


class ReadWriteLock:
    """A lock for data that is read often and written rarely.

    A writer who waits goes before readers who come later.
    """

    def __init__(self):
        self._changed = Condition()
        # guarded by self._changed:
        self._readers = RawValue("i")  # inside
        self._writers = RawValue("i")  # inside: 0 or 1
        self._waiting = RawValue("i")  # writers who want to come in

    @contextlib.contextmanager
    def reading(self):
        """Be inside as a reader, for the time of a `with`."""
        with self._changed:
            self._changed.wait_for(self._may_read)
            self._readers.value += 1
        with self._leaving(self._readers):
            yield

    @contextlib.contextmanager
    def writing(self):
        """Be inside as the only one, for the time of a `with`."""
        with self._changed:
            with self._leaving(self._waiting):
                self._waiting.value += 1
                self._changed.wait_for(self._may_write)
            self._writers.value += 1
        with self._leaving(self._writers):
            yield

    def _may_read(self):
        return not (self._writers.value or self._waiting.value)

    def _may_write(self):
        return not (self._writers.value or self._readers.value)

    @contextlib.contextmanager
    def _leaving(self, number):
        """Take one off `number` at the end, however that comes, and say so."""
        try:
            yield
        finally:
            with self._changed:
                number.value -= 1
                self._changed.notify_all()
