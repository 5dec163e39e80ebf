"""A client that waits for a change."""


class Board:
    """Values under keys; each key has a version, the number of times it was set."""

    def __init__(self):
        self.entries = {}  # key -> (version, value)

    def get(self, key):
        """Return (version, value); (0, None) if the key was never set."""
        return self.entries.get(key, (0, None))

    def set(self, key, value):
        """Set a value; return its version."""
        version = self.get(key)[0] + 1
        self.entries[key] = version, value
        return version

    def wait(self, key, seen, timeout):
        """Wait until the version of a key is above `seen`; return (version, value).

        Raises TimeoutError after `timeout` seconds.
        """
        raise TimeoutError("nobody waits")
