"""A manager that cannot start does not say why.

Its initializer raises. You would expect to see what it raised.
"""

ISSUE = None
PAIR = "managers.BaseManager.start"
EXPECTED = """\
LookupError
"""


def initialize():
    raise LookupError("no initial value")


def main(mp):
    try:
        mp.managers.SyncManager().start(initialize)
    except Exception as error:
        print(type(error).__name__)


def has_bug(lines):
    return lines == ["EOFError"]
