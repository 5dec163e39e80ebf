"""Wrong: `notify` wakes one of those who wait, and the others sleep on."""

import solution


class Board(solution.Board):
    def set(self, key, value):
        with self.changed:
            version = self.get(key)[0] + 1
            self.entries[key] = version, value
            self.changed.notify()
            return version
