"""Wrong: it waits for the peer for ever, also for one that does not say anything."""

import solution
from solution import TlsClient, TlsListener, make_context


class TlsConnection(solution.TlsConnection):
    def _in_time(self):
        self._tls.settimeout(None)
        return self._tls


solution.TlsConnection = TlsConnection  # for TlsListener and TlsClient
