"""Wrong: it sleeps with the lock that `set` needs."""

import threading


class Board:
    def __init__(self):
        self.entries = {}
        self.lock = threading.Lock()
        self.changed = threading.Condition()

    def get(self, key):
        return self.entries.get(key, (0, None))

    def set(self, key, value):
        with self.lock, self.changed:
            version = self.get(key)[0] + 1
            self.entries[key] = version, value
            self.changed.notify_all()
            return version

    def wait(self, key, seen, timeout):
        with self.lock, self.changed:
            if self.changed.wait_for(lambda: self.get(key)[0] > seen, timeout):
                return self.get(key)
        raise TimeoutError(f"{key!r} has not changed in {timeout} s")
