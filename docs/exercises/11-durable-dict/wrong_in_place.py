"""Wrong: the file is emptied before it is written, so there is a moment without it."""

import collections
import os
import pickle
import threading


class DurableDict(collections.UserDict):
    def __init__(self, path):
        super().__init__()
        self.path = path
        self._lock = threading.Lock()
        if os.path.exists(path):
            with open(path, "rb") as file:
                self.data = pickle.load(file)

    def _write(self, data):
        with open(self.path, "wb") as file:
            pickle.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        self.data = data

    def __setitem__(self, key, value):
        with self._lock:
            self._write({**self.data, key: value})

    def __delitem__(self, key):
        with self._lock:
            self.data[key]
            self._write({k: self.data[k] for k in self.data if k != key})

    def copy(self):
        return dict(self.data)
