"""Wrong: it waits for the peer for ever, also for one that does not say anything."""

import contextlib
import os
import socket
import ssl

from minimp import connection


def make_context(protocol, identity, authority):
    """Return a context, for ssl.PROTOCOL_TLS_SERVER or ssl.PROTOCOL_TLS_CLIENT.

    It shows what is in `identity`, a file with a certificate and its key, and trusts
    those whose certificate is signed with the one in the file `authority`.
    """
    context = ssl.SSLContext(protocol)
    context.load_cert_chain(identity)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED  # which a server does not by itself
    return context


class TlsConnection(connection.Connection):
    """Takes the place of a connection; `kwds` are for `context.wrap_socket`."""

    def __init__(self, conn, context, **kwds):
        s = socket.socket(fileno=os.dup(conn.fileno()))
        conn.close()
        # The handshake is made by who sends or reads first, and so not by accept().
        self._tls = context.wrap_socket(s, do_handshake_on_connect=False, **kwds)
        super().__init__(self._tls.fileno())

    def close(self):
        """Close the connection; to do so again does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._tls.close()

    def _send(self, buf):
        self._tls.sendall(buf)

    def _read(self, size):
        return super()._read(size) if self._ahead else self._tls.recv(size)

    def _read_into(self, buf):
        chunk = self._read(len(buf))
        buf[: len(chunk)] = chunk
        return len(chunk)

    def poll(self, timeout=0.0):
        """Return whether a message, or the end, comes in `timeout` seconds."""
        self._check_readable()
        if not self._ahead:
            self._tls.settimeout(timeout)
            try:
                self._ahead = self._tls.recv(connection.BUFSIZE)
            except (TimeoutError, ssl.SSLWantReadError):
                return False
            finally:
                self._tls.settimeout(None)
        return True


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
