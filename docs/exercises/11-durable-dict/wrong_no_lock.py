"""Wrong: two threads may write to the log in one order, and change the dict in the
other."""

import solution


class DurableDict(solution.DurableDict):
    def __setitem__(self, key, value):
        self._append(key, value)

    def __delitem__(self, key):
        self.data[key]  # raises the KeyError
        self._append(key)
