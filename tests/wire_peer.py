"""One end of a conversation with a manager, for any interpreter since 3.8.

    python wire_peer.py client ADDRESS   talks; prints its version, what came of it
    python wire_peer.py server ADDRESS   serves, after it printed its version

Both with the standard library; the key comes by standard input. What the two
ends say is in `converse`, what should come of it in `expected`: a dict from the
step to what it gave, and from "server" to whose code answered.
"""

import ast
import contextlib
import gc
import importlib
import multiprocessing
import re
import sys
from unittest import mock

MODULES = {"cpython": "multiprocessing.managers", "minimp": "minimp.managers"}

EXPECTED = {
    "list": [3, 1, 2, 4],
    "list error": "IndexError: pop index out of range",
    "dict": {"a": 1, "b": [2]},
    "dict error": "KeyError: 'z'",
    "iterated": ["a", "b"],
    "namespace": (1, "Namespace(x=1)"),
    "namespace error": "AttributeError: 'Namespace' object has no attribute 'y'",
    "queue": (5, True),
    "queue error": "Empty: ",
    "nested": [1, 2],
    "nested after the first is gone": [1, 2, 3],
    "value": 6,
    "array": [9, 2],
    "locked": (True, False),
    "event": (False, True),
    "barrier": (1, 0),
    "big": 100000,
    "unsendable": "RemoteError",
    "bad constructor": "RemoteError",
    "referred to": 3,
    "after dropping": 2,
    "refcounts": ["refcount=1", "refcount=2"],
}


def expected(server):
    """Return what comes of `converse` with a server of that implementation."""
    return dict(EXPECTED, server=server)


def failure(call, *args):
    """Return how a call fails, as a text."""
    try:
        call(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def converse(managers, address, key, nested=True):
    """Talk to the server at `address`; return what came of it."""
    manager = managers.SyncManager(address, authkey=key)
    multiprocessing.current_process().authkey = key
    manager.connect()
    said = {"server": whose_server(managers, manager.address, key)}
    containers(manager, said)
    references(manager, said)
    if nested:
        # Afterwards the server has proxies, which it drops in its own time.
        proxies_in_proxies(manager, said)
    synchronization(manager, said)
    return said


def whose_server(managers, address, key):
    """Return whose code answers there, by the traceback of a bad request."""
    with managers.connection.Client(address, authkey=key) as conn:
        text = failure(managers.dispatch, conn, None, "no such")
    (package,) = re.findall(r"/(\w+)/managers\.py", text)
    return {"multiprocessing": "cpython"}.get(package, package)


def containers(manager, said):
    shared = manager.list([3, 1, 2])
    shared.append(4)
    said["list"] = shared[:]
    said["list error"] = failure(shared.pop, 99)
    table = manager.dict(a=1)
    table["b"] = [2]
    said["dict"] = table.copy()
    said["dict error"] = failure(table.__getitem__, "z")
    said["iterated"] = sorted(iter(table))
    space = manager.Namespace()
    space.x = 1
    said["namespace"] = space.x, str(space)
    said["namespace error"] = failure(lambda: space.y)
    q = manager.Queue()
    q.put(5)
    said["queue"] = q.get(), q.empty()
    said["queue error"] = failure(q.get_nowait)
    said["big"] = len(manager.list([b"x" * 100000])[0])
    said["unsendable"] = failure(table._callmethod, "no such").split(":")[0]
    said["bad constructor"] = failure(manager.list, 5).split(":")[0]


def proxies_in_proxies(manager, said):
    outer, inner = manager.list(), manager.list([1])
    outer.append(inner)
    inner.append(2)
    said["nested"] = outer[0][:]
    del inner
    outer[0].append(3)
    said["nested after the first is gone"] = outer[0][:]


def synchronization(manager, said):
    value = manager.Value("i", 5)
    value.value += 1
    said["value"] = value.value
    array = manager.Array("i", [1, 2])
    array[0] = 9
    said["array"] = list(array)
    lock = manager.Lock()
    with lock:
        said["locked"] = True, lock.acquire(False)
    event = manager.Event()
    before = event.is_set()
    event.set()
    said["event"] = before, event.wait(1)
    barrier = manager.Barrier(1)
    said["barrier"] = barrier.parties, barrier.wait()


def references(manager, said):
    """Count what is referred to, after what is there already."""
    gc.collect()  # an error that was caught may hold a proxy in a cycle
    start = manager._number_of_objects()
    held = [manager.list([n]) for n in range(3)]
    said["referred to"] = manager._number_of_objects() - start
    held.pop()
    said["after dropping"] = manager._number_of_objects() - start
    idents = [proxy._token.id for proxy in held]
    again = type(held[1])(held[1]._token, "pickle", authkey=manager._authkey)
    info = manager._debug_info().split()
    said["refcounts"] = [info[info.index(ident + ":") + 1] for ident in idents]
    del again


def tell(conn, name, address, key):
    """Converse with the implementation called `name`.

    Send what came of it, and whose connections and proxies it took.
    """
    makers = set()
    with contextlib.ExitStack() as stack:
        for owner, module in MODULES.items():
            managers = importlib.import_module(module)
            for cls in (managers.BaseProxy, managers.connection.Connection):
                stack.enter_context(noting(makers, owner, cls))
        said = converse(importlib.import_module(MODULES[name]), address, key)
    conn.send((said, makers))


def noting(makers, owner, cls):
    """Return a patch that adds `owner` to `makers` when a `cls` is made."""
    init = cls.__init__

    def noted(*args, **kwargs):
        makers.add(owner)
        init(*args, **kwargs)

    return mock.patch.object(cls, "__init__", noted)


def main(role, address):
    key = sys.stdin.buffer.read()
    managers = importlib.import_module("multiprocessing.managers")
    version = tuple(sys.version_info[:2])
    if role == "client":
        print((version, converse(managers, address, key)))
        assert "minimp" not in sys.modules
    else:
        multiprocessing.current_process().authkey = key
        server = managers.SyncManager(address, authkey=key).get_server()
        print(version, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], ast.literal_eval(sys.argv[2]))
