"""What a client is told when it cannot reach a server, or not the object in it.

See which of the errors come from the system, which from the proof of the key, and
which from the names that were registered: a client that does not know a name has no
method for it, and of a name that the server does not know, only the server can tell.
"""

import os
import secrets
import subprocess

from compare.programs.three_machines import address_of, manager_class, running


def main(mp):
    os.environ["POST_KEY"] = key = secrets.token_hex()
    package, pipe = mp.__name__, subprocess.PIPE
    with running("serve", package, "127.0.0.1", 0, stdout=pipe) as server:
        address = address_of(server)
        cls = manager_class(package)
        cls.register("for_eve")
        client = cls(address, key.encode())
        attempt("the client has not registered the name", lambda: client.for_ann())
        attempt("it is not connected yet", lambda: client.for_eve())
        client.connect()
        attempt("the server has not registered the name", lambda: client.for_eve())
        attempt("the keys differ", cls(address, b"another one").connect)
        attempt("the key is a str", lambda: cls(address, key))
        attempt("another server listens there", cls(address, b"").get_server)
    attempt("nobody listens there", cls(address, key.encode()).connect)
    attempt(
        "it is the address of another machine", cls(("192.0.2.1", 0), b"").get_server
    )


def attempt(what, call):
    """Print what a call returns, or its error."""
    try:
        print(f"{what}: {call()!r}")
    except Exception as error:
        print(f"{what}:\n    {type(error).__name__}: {last_line(error)}")


def last_line(error):
    """Return what an error says, which may be the text of a traceback."""
    lines = [line for line in str(error).splitlines() if line.strip("-")]
    return lines[-1] if lines else ""
