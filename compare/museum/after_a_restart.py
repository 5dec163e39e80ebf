"""A client never gets over a restart of its server.

The server was killed, and a new one is at its address. You would expect that the client
can connect again.
"""

import os
import tempfile

ISSUE = 78947
PAIR = "managers.BaseProxy._callmethod"
EXPECTED = """\
a new list: []
a new list: []
"""


def main(mp):
    with tempfile.TemporaryDirectory() as folder:
        args = os.path.join(folder, "socket"), b"key"
        client, lists = mp.managers.SyncManager(*args), []
        for server in [mp.managers.SyncManager(*args) for _ in range(2)]:
            server.start()
            client.connect()
            try:
                lists.append(client.list())
                print("a new list:", lists[-1][:])
            except OSError as error:
                print("a new list:", type(error).__name__)
            server._process.kill()
            server.join()
            os.unlink(server.address)


def has_bug(lines):
    return lines == ["a new list: []", "a new list: BrokenPipeError"]
