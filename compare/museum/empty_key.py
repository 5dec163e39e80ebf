"""An empty key is taken for no key.

A `Listener` has the key `b""`, perhaps from a setting that is missing. You would expect
that it challenges whoever connects, and lets nobody in who says nothing.
"""

import socket
import threading

ISSUE = 88118
MENDED = [(3, 11, 9), (3, 12, 3), (3, 13)]
PAIR = "connection.Listener.accept"
EXPECTED = """\
who connects is challenged: True
"""


def main(mp):
    with mp.connection.Listener(authkey=b"") as listener:
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(listener.address)
            threading.Thread(target=listener.accept, daemon=True).start()
            stranger.settimeout(0.8)
            try:
                said = stranger.recv(1000)
            except TimeoutError:
                said = b""
            print("who connects is challenged:", b"#CHALLENGE#" in said, flush=True)


def has_bug(lines):
    return lines == ["who connects is challenged: False"]
