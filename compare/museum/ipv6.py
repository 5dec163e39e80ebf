"""A tuple is taken for an IPv4 address.

You would expect that `Listener(("::1", 0))` listens on IPv6.
"""

ISSUE = 90966
PAIR = "connection.address_type"
EXPECTED = """\
AF_INET6
"""


def main(mp):
    print(mp.connection.address_type(("::1", 0)))


def has_bug(lines):
    return lines == ["AF_INET"]
