"""Wrong: it sleeps with the lock that `set` needs."""

import threading

import solution


class Board(solution.Board):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def set(self, key, value):
        with self.lock:
            return super().set(key, value)

    def wait(self, key, seen, timeout):
        with self.lock:
            return super().wait(key, seen, timeout)
