"""Wrong: whoever has a certificate of the authority passes for any host."""

import solution
from solution import TlsClient, TlsListener


def make_context(protocol, identity, authority):
    context = solution.make_context(protocol, identity, authority)
    context.check_hostname = False
    return context
