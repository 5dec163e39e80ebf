"""Each client that says nothing has a thread of the server, without an end.

A hundred strangers connect and stay silent; none of them knows the key.
You would expect that they are sent away after a while, or when they are too many.
"""

import os
import socket

ISSUE = 76425
PAIR = "managers.Server.accepter"
EXPECTED = """\
100 silent clients, and the server has fewer than 50 threads more: True
"""


def few_and_short(connection, managers):
    """Make minimp's limits small; to CPython's these names mean nothing."""
    connection.MAX_STRANGERS, managers.GRACE = 8, 0.0


def main(mp):
    manager = mp.managers.SyncManager()
    manager.start(few_and_short, (mp.connection, mp.managers))
    tasks = f"/proc/{manager._process.pid}/task"
    with manager:
        before, silent = len(os.listdir(tasks)), []
        for _ in range(100):
            silent.append(socket.socket(socket.AF_UNIX))
            silent[-1].connect(manager.address)
            silent[-1].recv(1)  # it is served: its challenge has come
        more = len(os.listdir(tasks)) - before
        print(
            "100 silent clients, and the server has fewer than 50 threads more:",
            more < 50,
        )


def has_bug(lines):
    return [line.endswith("False") for line in lines] == [True]
