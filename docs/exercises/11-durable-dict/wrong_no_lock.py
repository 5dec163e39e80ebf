"""Wrong: two threads may write to the log in one order, and change the dict in the
other."""

import collections
import os
import pickle


class DurableDict(collections.UserDict):
    """A dict that is kept in the file `path`.

    The file is a log: the pickles of all changes, one behind the other. A change is a
    tuple (key, value), or (key,) if the key was deleted.
    """

    def __init__(self, path):
        super().__init__()
        self._log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._log, self._replay(path))

    def _replay(self, path):
        """Make all changes of the log; return where the last complete one ends."""
        with open(path, "rb") as file:
            while True:
                end = file.tell()
                try:
                    self._change(*pickle.load(file))
                except (EOFError, pickle.UnpicklingError):
                    return end

    def _change(self, key, *value):
        if value:
            self.data[key] = value[0]
        else:
            del self.data[key]

    def _append(self, *change):
        """Write a change to the disk: all of it, or nothing if that fails."""
        record, end = pickle.dumps(change), os.fstat(self._log).st_size
        try:
            while record:
                record = record[os.write(self._log, record) :]
            os.fsync(self._log)
        except BaseException:
            os.ftruncate(self._log, end)
            raise
        self._change(*change)

    def __setitem__(self, key, value):
        self._append(key, value)

    def __delitem__(self, key):
        self.data[key]  # raises the KeyError
        self._append(key)

    def copy(self):
        """Return a plain dict, for a client; complete, nothing to do here."""
        return dict(self.data)
