"""A method that is not exposed shows as a KeyError.

You would expect to be told that it is not exposed, and what is.
"""

ISSUE = None
PAIR = "managers.Server.serve_client"
EXPECTED = """\
the error says what is exposed: True
"""


class Counter:
    def up(self):
        return 1

    def down(self):
        return -1


def main(mp):
    mp.managers.SyncManager.register("Counter", Counter, exposed=("up",))
    with mp.Manager() as manager:
        try:
            manager.Counter()._callmethod("down")
        except mp.managers.RemoteError as error:
            last = str(error).strip("-\n").split("\n")[-1]
            print("the error says what is exposed:", last.startswith("AttributeError"))


def has_bug(lines):
    return lines == ["the error says what is exposed: False"]
