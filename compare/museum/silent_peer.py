"""One peer that says nothing keeps all others out.

It connects to a `Listener` and waits. You would expect that `accept` returns the
connection of the next one, who knows the key.
"""

import socket
import threading

ISSUE = 76425
PAIR = "connection.Listener.accept"
EXPECTED = """\
the one who knows the key is in: True
"""


def main(mp):
    with mp.connection.Listener(authkey=b"key", backlog=5) as listener:
        silent = socket.socket(socket.AF_UNIX)
        silent.connect(listener.address)
        threads = [
            threading.Thread(target=target, args=args, daemon=True)
            for target, args in [
                (mp.connection.Client, (listener.address, None, b"key")),
                (listener.accept, ()),
            ]
        ]
        for thread in threads:
            thread.start()
        threads[1].join(0.7)
        print("the one who knows the key is in:", not threads[1].is_alive())
        silent.close()


def has_bug(lines):
    return lines == ["the one who knows the key is in: False"]
