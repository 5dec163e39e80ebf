"""What a proxy sends and receives, done by hand: no proxy, only a connection.

See that a request is a tuple of four, and that a reply is a pair, whose first item is
one of five kinds. To the server itself one speaks by the ident None; `create` returns
the ident of the new object.
"""

import importlib


def ask(connection, *request):
    """Send a request, print it and its reply, and return the result."""
    connection.send(request)
    kind, result = connection.recv()
    ident, method, args, _ = request
    print(f"{'an object' if ident else 'the server'}: {method}{args}")
    print("   ", kind, shown(kind, result))
    return result


def shown(kind, result):
    match kind, result:
        case "#RETURN", (str(), tuple() as exposed):
            return f"an ident, and what is exposed: {exposed[0]!r}, ..."
        case "#PROXY", (exposed, token):
            return f"what is exposed: {exposed[0]!r}, ...; a token of {token.typeid!r}"
        case (("#TRACEBACK" | "#UNSERIALIZABLE"), text):
            return f"a text: {text.splitlines()[0]}"
    return repr(result)


def main(mp):
    client = importlib.import_module(f"{mp.__name__}.connection").Client
    with mp.Manager() as manager:
        address, key = manager.address, mp.current_process().authkey
        with client(address, authkey=key) as one:
            ident, _ = ask(one, None, "create", ("dict", {"a": 1}), {})
        with client(address, authkey=key) as one:
            lock, _ = ask(one, None, "create", ("Lock",), {})
        with client(address, authkey=key) as one:
            ask(one, None, "accept_connection", ("by hand",), {})
            ask(one, ident, "__getitem__", ("a",), {})
            ask(one, ident, "__getitem__", ("b",), {})
            ask(one, ident, "__iter__", (), {})
            ask(one, ident, "__hash__", (), {})
            ask(one, lock, "#GETVALUE", (), {})
