"""A proxy that comes out of a shared list is refused by its own server.

The manager has a key of its own, and the client knows it. You would expect that the
proxy uses it.
"""

ISSUE = 78740
PAIR = "managers.BaseProxy.__init__"
EXPECTED = """\
[1]
"""


def main(mp):
    with mp.managers.SyncManager(authkey=b"its own") as manager:
        outer = manager.list([manager.list([1])])
        try:
            print(outer[0][:])
        except mp.AuthenticationError as error:
            print(type(error).__name__)


def has_bug(lines):
    return lines == ["AuthenticationError"]
