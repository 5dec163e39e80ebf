"""A structure with a field called class cannot be shared.

You would expect that `ctypes` decides what a field may be called.
"""

import ctypes

ISSUE = None
PAIR = "sharedctypes.make_property"
EXPECTED = """\
shared: 5
"""


class Seat(ctypes.Structure):
    _fields_ = [("class", ctypes.c_int)]


def main(mp):
    try:
        print("shared:", getattr(mp.Value(Seat, 5), "class"))
    except SyntaxError as error:
        print(type(error).__name__)


def has_bug(lines):
    return lines == ["SyntaxError"]
