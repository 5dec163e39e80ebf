"""Gives a peer that has servers, but no managers, the part of one that is measured.

The statements are then the same for all sides. What stands between a statement and the
peer is a look at the process's id, and only where a proxy is created.
"""

import contextlib
import multiprocessing
import os
import tempfile
from pathlib import Path


class Manager:
    """A server in a process of its own, on a Unix socket as a manager's is.

    `serve(path, ready)` runs in it: it calls `ready()` when it listens. `connect(path)`
    returns (what creates objects in the server, what closes the connection).
    """

    def __init__(self, serve, connect):
        self._connect = connect
        self._connections = {}  # process id -> what `connect` returned
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            self._path = str(Path(folder) / "socket")
            reader, writer = multiprocessing.Pipe(duplex=False)
            ready = (serve, self._path, reader, writer)
            process = multiprocessing.Process(target=_run, args=ready, daemon=True)
            process.start()
            writer.close()
            stack.callback(process.join)
            stack.callback(process.terminate)
            with reader:
                reader.recv_bytes()  # EOFError if it ended first
            self._stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        _, close = self._connections.pop(os.getpid(), (None, None))
        if close:
            close()
        self._stack.close()

    def list(self, items=()):
        """Create a list in the server; return a proxy for it."""
        return self._maker().list(items)

    def Value(self, typecode, value):
        """Create an object with an attribute `value`; return a proxy for it."""
        return self._maker().Value(typecode, value)

    def _maker(self):
        # A child needs a connection of its own: bytes of both would mix.
        pid = os.getpid()
        if pid not in self._connections:
            self._connections[pid] = self._connect(self._path)
        return self._connections[pid][0]


def _run(serve, path, reader, writer):
    reader.close()

    def ready():
        with writer:
            writer.send_bytes(b"ready")

    serve(path, ready)
