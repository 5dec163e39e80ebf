"""Wrong: `update`, `pop` and the others of a dict do not call `__setitem__`."""

import os
import pickle
import threading


class DurableDict(dict):
    def __init__(self, path):
        super().__init__()
        self.path = path
        self._lock = threading.Lock()
        if os.path.exists(path):
            with open(path, "rb") as file:
                super().update(pickle.load(file))

    def _write(self):
        with open(self.path + ".new", "wb") as file:
            pickle.dump(dict(self), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.path + ".new", self.path)

    def __setitem__(self, key, value):
        with self._lock:
            super().__setitem__(key, value)
            self._write()

    def __delitem__(self, key):
        with self._lock:
            super().__delitem__(key)
            self._write()
