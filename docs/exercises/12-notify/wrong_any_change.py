"""Wrong: it takes each wakeup for its own, though another key may have changed."""

import solution


class Board(solution.Board):
    def wait(self, key, seen, timeout):
        with self.changed:
            if self.get(key)[0] > seen or self.changed.wait(timeout):
                return self.get(key)
        raise TimeoutError(f"{key!r} has not changed in {timeout} s")
