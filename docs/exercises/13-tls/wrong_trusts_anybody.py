"""Wrong: it encrypts, but looks at nobody's certificate."""

import ssl

import solution
from solution import TlsClient, TlsListener


def make_context(protocol, identity, authority):
    context = solution.make_context(protocol, identity, authority)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
