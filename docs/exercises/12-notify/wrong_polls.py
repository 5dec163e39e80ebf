"""Wrong: it looks twenty times a second."""

import threading
import time


class Board:
    def __init__(self):
        self.entries = {}
        self.lock = threading.Lock()

    def get(self, key):
        return self.entries.get(key, (0, None))

    def set(self, key, value):
        with self.lock:
            version = self.get(key)[0] + 1
            self.entries[key] = version, value
            return version

    def wait(self, key, seen, timeout):
        deadline = time.monotonic() + timeout
        while self.get(key)[0] <= seen:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{key!r} has not changed in {timeout} s")
            time.sleep(0.05)
        return self.get(key)
