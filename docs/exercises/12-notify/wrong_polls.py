"""Wrong: it looks twenty times a second."""

import time

import solution


class Board(solution.Board):
    def wait(self, key, seen, timeout):
        deadline = time.monotonic() + timeout
        while self.get(key)[0] <= seen:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{key!r} has not changed in {timeout} s")
            time.sleep(0.05)
        return self.get(key)
