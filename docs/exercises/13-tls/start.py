"""A listener and a client between which everything is encrypted."""

import contextlib
import os
import ssl

from minimp import connection


def make_context(protocol, identity, authority):
    """Return a context that shows the certificate in the file `identity`, and trusts
    those that are signed with the one in the file `authority`."""
    return ssl.SSLContext(protocol)


class TlsConnection(connection.Connection):
    """Takes the place of a connection; `kwds` are for `context.wrap_socket`."""

    def __init__(self, conn, context, **kwds):
        super().__init__(os.dup(conn.fileno()))
        conn.close()


class TlsListener(connection.Listener):  # complete, and so is TlsClient
    context = None  # its accept() asks for the key, in a thread for each client

    def _accept_stranger(self):
        conn, address = super()._accept_stranger() or (None, None)
        with contextlib.suppress(OSError):  # who connected may have gone
            tls = conn and TlsConnection(conn, self.context, server_side=True)
            return conn and (tls, address)


def TlsClient(address, authkey, context):
    conn = connection.Client(address)
    conn = TlsConnection(conn, context, server_hostname=address[0])
    connection.answer_challenge(conn, authkey)
    connection.deliver_challenge(conn, authkey)
    return conn
