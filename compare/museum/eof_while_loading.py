"""An argument that cannot be loaded ends the connection.

It raises EOFError while the server unpickles it. You would expect that error, and that
the next call works.
"""

ISSUE = 87495
PAIR = "managers.Server.serve_client"
EXPECTED = """\
append: RemoteError
next call: []
"""


class Broken:
    def __reduce__(self):
        return fail, ()


def fail():
    raise EOFError("a file is too short")


def tried(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__


def main(mp):
    with mp.Manager() as manager:
        shared = manager.list()
        print("append:", tried(lambda: shared.append(Broken())))
        print("next call:", tried(lambda: shared[:]))


def has_bug(lines):
    return lines == ["append: EOFError", "next call: BrokenPipeError"]
