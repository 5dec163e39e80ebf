"""Wrong: it does not count the writers who wait, so readers that keep coming starve
them."""

import contextlib

from minimp import Condition, RawValue


class ReadWriteLock:
    def __init__(self):
        self._changed = Condition()
        self._readers = RawValue("i")
        self._writers = RawValue("i")

    @contextlib.contextmanager
    def reading(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._writers.value)
            self._readers.value += 1
        with self._leaving(self._readers):
            yield

    @contextlib.contextmanager
    def writing(self):
        with self._changed:
            self._changed.wait_for(
                lambda: not (self._writers.value or self._readers.value)
            )
            self._writers.value += 1
        with self._leaving(self._writers):
            yield

    @contextlib.contextmanager
    def _leaving(self, number):
        try:
            yield
        finally:
            with self._changed:
                number.value -= 1
                self._changed.notify_all()
