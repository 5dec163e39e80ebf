"""An object that is dropped and asked for at the same time is lost.

One client lets go of an object in the moment in which another gets it. You would expect
that the server keeps it, or makes it anew, and knows of it in both of its tables.
"""

import contextlib
import threading

ISSUE = None
PAIR = "managers.Server.decref"
EXPECTED = """\
the other client got an object that the server knows: True
"""
SHARED, KEY = [], (None, b"key", "pickle")


class Mutex:
    """Before it is taken for the nth time, another client comes."""

    def __init__(self, nth, other):
        self.lock, self.nth, self.other = threading.Lock(), nth, other

    def __enter__(self):
        self.nth -= 1
        if self.nth == 0:
            self.other()
        self.lock.acquire()

    def __exit__(self, *exc_info):
        self.lock.release()


def outcome(managers, nth):
    server = managers.Server({"shared": (lambda: SHARED, (), None, None)}, *KEY)
    with contextlib.closing(server.listener):
        ident, _ = server.create(None, "shared")
        got = []
        server.mutex = Mutex(nth, lambda: got.append(server.create(None, "shared")[0]))
        server.decref(None, ident)
        return not got or set(got) == set(server.id_to_obj) - {"0"}


def main(mp):
    known = all(outcome(mp.managers, nth) for nth in range(1, 5))
    print("the other client got an object that the server knows:", known)


def has_bug(lines):
    return lines == ["the other client got an object that the server knows: False"]
