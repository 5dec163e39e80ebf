"""An exception with two arguments arrives as a TypeError.

Its pickle holds fewer arguments than `__init__` needs. You would expect to be told of
the exception that was raised.
"""

ISSUE = 120810
PAIR = "managers.Server.serve_client"
EXPECTED = """\
RemoteError, which names Full: True
"""


class Full(Exception):
    def __init__(self, size, limit):
        super().__init__(f"{size} of {limit}")


class Store:
    def put(self):
        raise Full(10, 8)


def main(mp):
    mp.managers.SyncManager.register("Store", Store)
    with mp.Manager() as manager:
        try:
            manager.Store().put()
        except Exception as error:
            named = "Full: 10 of 8" in str(error)
            print(f"{type(error).__name__}, which names Full: {named}")


def has_bug(lines):
    return lines == ["TypeError, which names Full: False"]
