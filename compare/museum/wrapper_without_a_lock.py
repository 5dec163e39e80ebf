"""A wrapper that is made without a lock cannot make one.

The lock is an optional argument of `Synchronized`. You would expect that a wrapper
without one gets one of its own.
"""

ISSUE = 156062
PAIR = "sharedctypes.SynchronizedBase.__init__"
EXPECTED = """\
value: 7
"""


def main(mp):
    try:
        print("value:", mp.sharedctypes.Synchronized(mp.RawValue("i", 7)).value)
    except TypeError as error:
        print(error)


def has_bug(lines):
    return lines[0].endswith("got an unexpected keyword argument 'force'")
