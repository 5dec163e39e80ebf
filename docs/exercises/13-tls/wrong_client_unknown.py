"""Wrong: the server asks its clients for no certificate, as on the web."""

import ssl

import solution
from solution import TlsClient, TlsListener


def make_context(protocol, identity, authority):
    context = solution.make_context(protocol, identity, authority)
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        context.verify_mode = ssl.CERT_NONE  # which is how a server begins
    return context
