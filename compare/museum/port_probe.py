"""A port probe ends the server.

Somebody connects and leaves, as a monitor does. You would expect that `accept` goes on
waiting for one who knows the key.
"""

import socket
import threading

ISSUE = 76425
PAIR = "connection.Listener.accept"
EXPECTED = """\
accept returned a connection
"""


def main(mp):
    with mp.connection.Listener(authkey=b"key", backlog=5) as listener:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(listener.address)
        args = listener.address, None, b"key"
        threading.Thread(target=mp.connection.Client, args=args, daemon=True).start()
        try:
            listener.accept().close()
            print("accept returned a connection")
        except (EOFError, OSError) as error:
            print("accept raised", type(error).__name__)


def has_bug(lines):
    return lines[0].startswith("accept raised ")
