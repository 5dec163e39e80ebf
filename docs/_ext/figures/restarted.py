"""A client whose server is ended, and started again at the same address.

The server is that of `compare/programs/three_machines.py`; see `machines.restarted`.
"""

import os
import subprocess

from compare.programs.connect_errors import attempt
from compare.programs.three_machines import address_of, connect, running

ANYWHERE = "127.0.0.1", 0


def main(mp):
    os.environ["POST_KEY"] = "which both know"
    serve = "serve", mp.__name__
    with running(*serve, *ANYWHERE, stdout=subprocess.PIPE) as server:
        address = address_of(server)
        manager = connect(mp.__name__, address)
        box = manager.for_ann()
        attempt("the server is there", lambda: box.put("one"))
    attempt("it has ended", lambda: box.put("two"))
    with running(*serve, *address, stdout=subprocess.PIPE) as server:
        address_of(server)
        attempt("another one is there", lambda: box.put("three"))
        attempt("a new proxy", lambda: manager.for_ann().qsize())
