"""Wrong: the changes are in a buffer of this process until it is full, or closed."""

import collections
import pickle
import threading


class DurableDict(collections.UserDict):
    def __init__(self, path):
        super().__init__()
        self._lock = threading.Lock()
        self._log = open(path, "a+b")
        self._log.seek(0)
        while self._log.peek(1):
            self._change(*pickle.load(self._log))

    def _change(self, key, *value):
        if value:
            self.data[key] = value[0]
        else:
            del self.data[key]

    def __setitem__(self, key, value):
        with self._lock:
            pickle.dump((key, value), self._log)
            self._change(key, value)

    def __delitem__(self, key):
        with self._lock:
            self._change(key)
            pickle.dump((key,), self._log)

    def copy(self):
        return dict(self.data)
