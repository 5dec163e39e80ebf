"""Wrong: who leaves wakes one sleeper only, and the other readers sleep on."""

import contextlib

from minimp import Condition, RawValue


class ReadWriteLock:
    def __init__(self):
        self._changed = Condition()
        self._readers = RawValue("i")
        self._writers = RawValue("i")
        self._waiting = RawValue("i")

    @contextlib.contextmanager
    def reading(self):
        with self._changed:
            self._changed.wait_for(
                lambda: not (self._writers.value or self._waiting.value)
            )
            self._readers.value += 1
        with self._leaving(self._readers):
            yield

    @contextlib.contextmanager
    def writing(self):
        with self._changed:
            self._waiting.value += 1
            self._changed.wait_for(
                lambda: not (self._writers.value or self._readers.value)
            )
            self._waiting.value -= 1
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
                self._changed.notify()
