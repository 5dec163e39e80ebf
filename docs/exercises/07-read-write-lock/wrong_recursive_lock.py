"""Wrong: the first reader takes an RLock for all and the last one gives it back, which
only the one who took it may."""

import contextlib

from minimp import Lock, RawValue, RLock


class ReadWriteLock:
    def __init__(self):
        self._turnstile = Lock()  # a writer who waits keeps it
        self._counting = Lock()
        self._readers = RawValue("i")
        self._inside = RLock()

    @contextlib.contextmanager
    def reading(self):
        with self._turnstile, self._counting:
            self._readers.value += 1
            if self._readers.value == 1:
                self._inside.acquire()
        try:
            yield
        finally:
            with self._counting:
                self._readers.value -= 1
                if self._readers.value == 0:
                    self._inside.release()

    @contextlib.contextmanager
    def writing(self):
        with self._turnstile, self._inside:
            yield
