"""Wrong: after each wakeup it waits for the whole time again."""

import threading


class Board:
    def __init__(self):
        self.entries = {}
        self.changed = threading.Condition()

    def get(self, key):
        return self.entries.get(key, (0, None))

    def set(self, key, value):
        with self.changed:
            version = self.get(key)[0] + 1
            self.entries[key] = version, value
            self.changed.notify_all()
            return version

    def wait(self, key, seen, timeout):
        with self.changed:
            while self.get(key)[0] <= seen:
                if not self.changed.wait(timeout):
                    raise TimeoutError(f"{key!r} has not changed in {timeout} s")
            return self.get(key)
