"""Wrong: who leaves wakes one sleeper only, and the other readers sleep on."""

import contextlib

import solution


class ReadWriteLock(solution.ReadWriteLock):
    @contextlib.contextmanager
    def _leaving(self, number):
        try:
            yield
        finally:
            with self._changed:
                number.value -= 1
                self._changed.notify()
