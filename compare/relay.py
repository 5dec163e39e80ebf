"""A relay between a program and the servers that it connects to.

The program's sockets are led here by `reroute`, which runs in its process, and in each
Python that it starts. The relay goes on to where each was to go, and writes down the
frames of both directions.
"""

import ast
import contextlib
import itertools
import multiprocessing
import multiprocessing.forkserver
import os
import socket
import socketserver
import struct
import tempfile
import threading
from collections import Counter
from typing import NamedTuple

MAX_FRAME = 2**28  # bytes; who seems to announce more has sent a text
CHUNK = 2**16  # bytes
GRACE = 3  # seconds that connections may outlive the program
DESCRIPTORS = 16  # that may come with one chunk
# A Python imports this module as it starts, if it finds one.
STARTER = "sitecustomize.py"


class Frame(NamedTuple):
    """One frame as it passed.

    `client` is the name of the process, and of the thread, that made the connection,
    and a number, where several have that name. Connections are counted from 1. `asks`
    is whether it goes to the server, whose `address` is what the client connected to.
    """

    client: str
    connection: int
    address: object
    asks: bool
    payload: bytes


def begin(relay):
    """Lead the connections of this process, and of all it will start, to the relay.

    `relay` is its path. What is started is forked, or a Python that looks for a
    STARTER where PYTHONPATH says.
    """
    reroute(relay)
    path = os.environ.get("PYTHONPATH")
    folders = [os.path.dirname(relay), *([path] if path else [])]
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)


def reroute(relay):
    """Lead all connections that this process and its forks make through the relay.

    The descriptor of a socket becomes one of a connection to the relay, whatever the
    socket's family; a socket with a timeout goes its own way, and one to the fork
    server, whose talk is none of the program.
    """
    connect, setsockopt = socket.socket.connect, socket.socket.setsockopt

    def connect_through_relay(self, address):
        forks = multiprocessing.forkserver._forkserver._forkserver_address
        if self.gettimeout() is not None or address == forks:
            return connect(self, address)
        with socket.socket(socket.AF_UNIX) as other:
            connect(other, relay)
            who = _name_of_thread(), os.getpid()
            preamble = ascii((*who, int(self.family), address))
            other.sendall(preamble.encode() + b"\n")
            answer = other.recv(4, socket.MSG_WAITALL)
            if not answer:  # no address at all: to say so is the system's part
                return connect(self, address)
            (error,) = struct.unpack("!i", answer)
            if error:
                raise OSError(error, os.strerror(error))
            os.dup2(other.fileno(), self.fileno(), inheritable=False)

    def set_option(self, level, *args):
        domain = self.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN)
        if level != socket.IPPROTO_TCP or domain != socket.AF_UNIX:
            setsockopt(self, level, *args)

    socket.socket.connect = connect_through_relay
    socket.socket.setsockopt = set_option


def _name_of_thread():
    process = multiprocessing.current_process().name
    thread = threading.current_thread().name
    return process if thread == "MainThread" else f"{process}|{thread}"


@contextlib.contextmanager
def relaying():
    """Give a relay that works: `path`, and `frames`, complete after the block."""
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        relay = _Relay(os.path.join(folder, "relay"), _Pump)
        with open(os.path.join(folder, STARTER), "w") as starter:
            code = f"from compare import relay\nrelay.reroute({relay.path!r})\n"
            starter.write(code)
        thread = threading.Thread(target=relay.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield relay
        finally:
            relay.shutdown()
            thread.join()
            # The program has ended, and so do its connections; unless one of its
            # processes has run away.
            end = threading.Timer(GRACE, relay.hang_up)
            end.start()
            relay.server_close()
            end.cancel()
            end.join()
            relay.name_clients()


class _Relay(socketserver.ThreadingUnixStreamServer):
    request_queue_size = 128

    def __init__(self, path, handler):
        super().__init__(path, handler)
        self.path = path
        self.connections = itertools.count(1)
        self.mutex = threading.Lock()
        # guarded by self.mutex:
        self.frames = []
        self.sockets = set()
        self.clients = {}  # number of the connection -> (name, pid)

    def hang_up(self):
        """End all connections."""
        with self.mutex:
            for one in self.sockets:
                _shut(one, socket.SHUT_RDWR)

    def name_clients(self):
        """Give the frames the names of their clients, since all of them are known."""
        known, counts, names = sorted(set(self.clients.values())), Counter(), {}
        for name, pid in known:
            counts[name] += 1
            number = f" ({counts[name]})" if counts[name] > 1 else ""
            names[name, pid] = name + number
        self.frames = [
            frame._replace(client=names[self.clients[frame.connection]])
            for frame in self.frames
        ]


class _Pump(socketserver.StreamRequestHandler):
    """One connection, passed on to where its client wanted to go."""

    rbufsize = 0  # what follows the preamble must not be read with it

    def handle(self):
        line = self.rfile.readline()
        if not line:
            return
        *client, family, self.address = ast.literal_eval(line.decode())
        with socket.socket(family) as server:
            try:
                error = server.connect_ex(self.address)
            except (OSError, TypeError, OverflowError):  # as for an unknown name
                return
            # Before the client goes on, so that connections count in order.
            self.number = error or next(self.server.connections)
            with self.server.mutex:
                self.server.clients[self.number] = tuple(client)
            with contextlib.suppress(OSError):  # the client may have been killed
                self.request.sendall(struct.pack("!i", error))
            if not error:
                self._pass_both(server)

    def _pass_both(self, server):
        """Pass on what comes from either end, until both have ended."""
        ends = {self.request, server}
        with self.server.mutex:
            self.server.sockets |= ends
        back = threading.Thread(target=self._pass, args=(server, self.request))
        back.start()
        self._pass(self.request, server)
        back.join()
        with self.server.mutex:
            self.server.sockets -= ends

    def _pass(self, source, sink):
        """Pass on and write down what comes, until it ends."""
        asks, rest = source is self.request, bytearray()
        try:
            while got := _received(source):
                rest += got[0]
                self._write_down(asks, take_frames(rest))
                _send(sink, *got)
            self._write_down(asks, [bytes(rest)] if rest else [])
            _shut(sink, socket.SHUT_WR)
        except OSError:
            _shut(source, socket.SHUT_RDWR)
            _shut(sink, socket.SHUT_RDWR)

    def _write_down(self, asks, payloads):
        with self.server.mutex:
            self.server.frames += [
                Frame("", self.number, self.address, asks, payload)
                for payload in payloads
            ]


def take_frames(data):
    """Take all whole frames from the front of a bytearray; yield their payloads.

    What does not look like a frame is taken and yielded as it is.
    """
    while len(data) >= 4:
        long = data[:4] == b"\xff\xff\xff\xff"
        start = 12 if long else 4
        if len(data) < start:
            return
        size = int.from_bytes(data[4:12] if long else data[:4])
        if size > MAX_FRAME:
            start, size = 0, len(data)
        if len(data) < start + size:
            return
        yield bytes(data[start : start + size])
        del data[: start + size]


def _received(source):
    """Return (data, descriptors) that come together, or None at the end."""
    data, descriptors, _, _ = socket.recv_fds(source, CHUNK, DESCRIPTORS)
    return (data, descriptors) if data else None


def _send(sink, data, descriptors):
    """Pass on what has come; the descriptors are closed here."""
    try:
        sent = socket.send_fds(sink, [data], descriptors) if descriptors else 0
        sink.sendall(data[sent:])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _shut(one, how):
    with contextlib.suppress(OSError):
        one.shutdown(how)
