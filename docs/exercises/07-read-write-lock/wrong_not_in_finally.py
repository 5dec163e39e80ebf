"""Wrong: who leaves by an exception is counted for ever."""

import contextlib

import solution


class ReadWriteLock(solution.ReadWriteLock):
    @contextlib.contextmanager
    def _leaving(self, number):
        yield
        with self._changed:
            number.value -= 1
            self._changed.notify_all()
