"""Wrong: the handshake is made when the client is accepted, and all others wait."""

import solution
from solution import TlsClient, TlsListener, make_context


class TlsConnection(solution.TlsConnection):
    def __init__(self, conn, context, **kwds):
        super().__init__(conn, context, **kwds)
        self._tls.do_handshake()


solution.TlsConnection = TlsConnection  # for TlsListener and TlsClient
