"""Wrong: after each wakeup it waits for the whole time again."""

import solution


class Board(solution.Board):
    def wait(self, key, seen, timeout):
        with self.changed:
            while self.get(key)[0] <= seen:
                if not self.changed.wait(timeout):
                    raise TimeoutError(f"{key!r} has not changed in {timeout} s")
            return self.get(key)
