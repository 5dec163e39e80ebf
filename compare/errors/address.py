"""A server cannot listen at its address, or a client finds nobody there.

In use: another process listens there. Can not be assigned: it is the address of another
machine. Refused: nobody listens there, or only on its own `127.0.0.1`.

Text: OSError: [Errno 98] Address already in use
Text: OSError: [Errno 99] Cannot assign requested address
Text: ConnectionRefusedError: [Errno 111] Connection refused
Code: multiprocessing.connection.SocketListener.__init__
Do: Listen at `("", port)`, and connect to the machine's own address.
Read: across-machines#what-goes-wrong
"""

import importlib
import socket

from compare.errors._attempt import attempt


def main(mp):
    connection = importlib.import_module(f"{mp.__name__}.connection")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        attempt(lambda: connection.Listener(address))
    attempt(lambda: connection.Client(address))
    attempt(lambda: connection.Listener(("192.0.2.1", 0)))
