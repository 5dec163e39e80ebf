"""An object costs three connections to make, and one to drop.

You have a connection to the server. You would expect that it is used.
"""

import socket

ISSUE = None
PAIR = "managers.BaseManager._create"
EXPECTED = """\
new connections for one more list: 0
"""


def main(mp):
    with mp.Manager() as manager:
        kept = manager.list()
        kept[:]
        count, connect = [], socket.socket.connect

        class Counted(socket.socket):
            def connect(self, address):
                count.append(address)
                connect(self, address)

        socket.socket = Counted
        shared = manager.list()
        shared[:]
        del shared
        print("new connections for one more list:", len(count))


def has_bug(lines):
    return lines[0].startswith("new connections for") and not lines[0].endswith(" 0")
