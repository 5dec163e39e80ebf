"""Measures rpyc: a server with a thread for each connection, on a Unix socket.

Long messages are not compressed, as rpyc otherwise would: no other side does it, and
the bytes that are sent here shrink to nothing. Numbers and bytes go by value, in rpyc's
own format; attributes can be set, which it allows on request. It has no handshake with
a key.
"""

from multiprocessing import Process

import rpyc
from rpyc.core.channel import Channel
from rpyc.utils.factory import unix_connect
from rpyc.utils.server import ThreadedServer

from compare.bench import serving

__all__ = ["Manager", "Process"]

Channel.COMPRESSION_THRESHOLD = float("inf")  # bytes


class Holder:
    """Has an attribute `value`."""

    def __init__(self, value):
        self.value = value


class Maker(rpyc.Service):
    """Creates objects; rpyc keeps them while a proxy is there."""

    def exposed_list(self, items=()):
        """Return a new list."""
        return list(items)

    def exposed_Value(self, typecode, value):
        """Return a new Holder."""
        return Holder(value)


def Manager():
    """Start a server; return what creates objects in it."""
    return serving.Manager(_serve, _connect)


def _serve(path, ready):
    config = {"allow_public_attrs": True, "allow_setattr": True}
    server = ThreadedServer(Maker(), socket_path=path, protocol_config=config)
    server.listener.listen()  # as start() does, but too late for ready()
    ready()
    server.start()


def _connect(path):
    connection = unix_connect(path)
    return connection.root, connection.close
