"""A solution: whoever waits sleeps on a condition, in the server."""

import threading


class Board:
    """Values under keys; each key has a version, the number of times it was set."""

    def __init__(self):
        self.entries = {}  # key -> (version, value)
        self.changed = threading.Condition()

    def get(self, key):
        """Return (version, value); (0, None) if the key was never set."""
        return self.entries.get(key, (0, None))

    def set(self, key, value):
        """Set a value; return its version."""
        with self.changed:
            version = self.get(key)[0] + 1
            self.entries[key] = version, value
            self.changed.notify_all()
            return version

    def wait(self, key, seen, timeout):
        """Wait until the version of a key is above `seen`; return (version, value).

        Raises TimeoutError after `timeout` seconds.
        """
        with self.changed:
            if self.changed.wait_for(lambda: self.get(key)[0] > seen, timeout):
                return self.get(key)
        raise TimeoutError(f"{key!r} has not changed in {timeout} s")
