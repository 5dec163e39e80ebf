"""What is measured: the operations, and whose they are.

An operation is one statement, which every side runs as it stands: the names in it come
from a function that is given the side's module. Only the limit has a statement of its
own.
"""

import contextlib
import ctypes
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable
from typing import NamedTuple

from compare import probe

PLACES = ("pinned", "free")
LIMIT = "limit"  # the side that does nothing but what cannot be left out
CLIENTS, CALLS = 4, 50
WORKERS = 2  # of a pool


class Peer(NamedTuple):
    """Another package that does it; its module offers what the operations need."""

    module: str
    how: str


PEERS = {
    "multiprocess": Peer("multiprocess", "a fork of CPython's, pickles with dill"),
    "Pyro5": Peer(
        "compare.bench.with_pyro5",
        "Unix socket, a thread for each connection, serializer marshal, no key; "
        "what is created stays registered",
    ),
    "rpyc": Peer(
        "compare.bench.with_rpyc",
        "Unix socket, a thread for each connection, no compression, no key",
    ),
}
SERVERS = tuple(PEERS)  # what a server does, all can
SHARED = ("multiprocess",)  # shared memory, and processes, only one has


class Work(NamedTuple):
    """What is timed.

    `using(mp)` is a context manager that gives the names in `statement`, a dict.
    `setup` is run before each timing, and is not part of it; `once` is whether each
    run of the statement needs it.
    """

    title: str
    statement: str
    using: Callable
    setup: str = "pass"
    once: bool = False


class Operation(NamedTuple):
    """A row of the table, what no implementation can be faster than, and who can."""

    name: str
    work: Work
    limit: Work | None = None
    places: tuple = PLACES
    peers: tuple = SHARED

    def sides(self, peers=()):
        """Return {side: (Work, name of the module it is given)}.

        Of the peers, those in `peers` are among the sides, if they can.
        """
        modules = probe.MODULES | {
            peer: PEERS[peer].module for peer in self.peers if peer in peers
        }
        sides = {side: (self.work, module) for side, module in modules.items()}
        return sides | ({LIMIT: (self.limit, "multiprocessing")} if self.limit else {})


@contextlib.contextmanager
def _constructors(mp):
    yield {"Value": mp.Value, "RawArray": mp.RawArray, "numbers": [*range(100_000)]}


@contextlib.contextmanager
def _shared(mp):
    yield {"v": mp.Value("i", 0), "a": mp.Array("i", 10), "event": mp.Event()}


@contextlib.contextmanager
def _bare(mp):
    # The object in C below each lock of CPython, and of minimp where it can.
    lock = mp.Lock()._semlock
    yield {"v": ctypes.c_int(), "a": (ctypes.c_int * 10)(), "lock": lock}


@contextlib.contextmanager
def _managed(mp):
    with mp.Manager() as manager:
        names = {"manager": manager, "numbers": manager.list([1, 2, 3])}
        yield names | {"shared": manager.Value("O", None), "data": b"x" * 10_000_000}


@contextlib.contextmanager
def _starting(mp):
    with contextlib.ExitStack() as running:
        yield {"Manager": mp.Manager, "running": running}


@contextlib.contextmanager
def _starting_bare(mp):
    reader, writer = os.pipe()

    def start():
        process = mp.Process(target=os.write, args=(writer, b"!"))
        process.start()
        os.read(reader, 1)
        return process

    with contextlib.ExitStack() as running:
        running.callback(os.close, reader)
        running.callback(os.close, writer)
        with contextlib.ExitStack() as processes:
            yield {"start": start, "running": processes}


def clients_of(count):
    """Return a `using` that has `count` processes wait to call one server."""

    @contextlib.contextmanager
    def using(mp):
        with mp.Manager() as manager, contextlib.ExitStack() as running:
            clients = []
            for _ in range(count):
                ours, theirs = multiprocessing.Pipe()
                process = mp.Process(target=_client, args=(manager, theirs))
                process.start()
                running.callback(process.join)
                running.callback(ours.send_bytes, b"end")
                clients.append(ours)
            for client in clients:
                client.recv_bytes()
            yield {"clients": clients}

    return using


def _client(manager, conn):
    numbers = manager.list([1, 2, 3])
    conn.send_bytes(b"ready")
    while conn.recv_bytes() == b"go":
        for _ in range(CALLS):
            numbers[0]
        conn.send_bytes(b"done")


ALL_AT_ONCE = "for c in clients: c.send_bytes(b'go')\nfor c in clients: c.recv_bytes()"


def ping_pong(size, back=None):
    """Return a `using`, whose `ball` of `size` bytes goes to another process.

    It comes back, or `back` bytes do.
    """
    back = size if back is None else back

    @contextlib.contextmanager
    def using(mp):
        ours, theirs = socket.socketpair()
        process = mp.Process(target=_play, args=(ours, theirs, size, back))
        process.start()
        theirs.close()
        with ours:
            names = {"s": ours, "ball": bytes(size), "caught": bytearray(back)}
            yield names | {"ALL": socket.MSG_WAITALL}
        process.join()

    return using


def _play(theirs, ours, size, back):
    theirs.close()
    ball = bytearray(max(size, back))
    answer = memoryview(ball)[:back]
    while ours.recv_into(ball, size, socket.MSG_WAITALL) == size:
        ours.sendall(answer)


CATCH = "s.sendall(ball); s.recv_into(caught, 0, ALL)"


def started_by(method):
    """Return a `using` whose Process is started by a start method."""

    @contextlib.contextmanager
    def using(mp):
        before = mp.get_start_method()
        mp.set_start_method(method, force=True)
        try:
            # Without a function: whose module would have to be imported.
            yield {"Process": mp.Process}
        finally:
            mp.set_start_method(before, force=True)

    return using


START = "p = Process(); p.start(); p.join()"


@contextlib.contextmanager
def _bare_processes(mp):
    python = [sys.executable, "-c", "pass"]
    yield {"os": os, "python": python, "environment": dict(os.environ)}


FORK = "p = os.fork()\nif p == 0: os._exit(0)\nos.waitpid(p, 0)"
SPAWN = "p = os.posix_spawn(python[0], python, environment); os.waitpid(p, 0)"


def answered(kind, answer):
    """Return a `using` with two queues `there` and `back`.

    Another process runs `answer(there, back)`, until it gets None.
    """

    @contextlib.contextmanager
    def using(mp):
        there, back = getattr(mp, kind)(), getattr(mp, kind)()
        process = mp.Process(target=answer, args=(there, back))
        process.start()
        names = {"there": there, "back": back, "data": bytes(1_000_000)}
        try:
            yield names | {"numbers": range(1_000)}
        finally:
            there.put(None)
            process.join()
            there.close()
            back.close()

    return using


def _echo(there, back):
    for obj in iter(there.get, None):
        back.put(obj)


def _drain(there, back):
    for obj in iter(there.get, None):
        if obj == "end":
            back.put(obj)


def _work(there, back):
    for _ in iter(there.get, None):
        there.task_done()


@contextlib.contextmanager
def _pool(mp):
    with mp.Pool(WORKERS) as pool:
        yield {"pool": pool, "few": range(200), "many": range(10_000)}
    pool.join()


OPERATIONS = [
    Operation(
        "value",
        Work("Value: get and set", "v.value = v.value", _shared),
        Work("bare ctypes object", "v.value = v.value", _bare),
    ),
    Operation(
        "lock",
        Work("Value: += 1 with its lock", "with v.get_lock(): v.value += 1", _shared),
        Work("bare semaphore: down and up", "with lock: pass", _bare),
    ),
    Operation(
        "item",
        Work("Array: get and set an element", "a[3] = a[3]", _shared),
        Work("bare ctypes array", "a[3] = a[3]", _bare),
    ),
    Operation(
        "event", Work("Event: set, clear", "event.set(); event.clear()", _shared)
    ),
    Operation("new", Work("Value: create", "Value('i', 0)", _constructors)),
    Operation(
        "large",
        Work("RawArray: 100 MB", "RawArray('b', 100_000_000)", _constructors),
    ),
    Operation(
        "list",
        Work("RawArray: list of 100,000", "RawArray('i', numbers)", _constructors),
    ),
    Operation(
        "start",
        Work(
            "Manager: start",
            "running.push(Manager())",
            _starting,
            setup="running.close()",
            once=True,
        ),
        Work(
            "bare Process: its first byte",
            "running.callback(start().join)",
            _starting_bare,
            setup="running.close()",
            once=True,
        ),
    ),
    Operation(
        "stop",
        Work(
            "Manager: shutdown",
            "manager.shutdown()",
            _starting,
            setup="manager = Manager()",
            once=True,
        ),
    ),
    Operation(
        "call",
        Work("proxy: call a method", "numbers[0]", _managed),
        Work("60 bytes there and back", CATCH, ping_pong(60)),
        peers=SERVERS,
    ),
    Operation(
        "proxy", Work("proxy: create", "manager.list()", _managed), peers=SERVERS
    ),
    Operation(
        "data",
        Work(
            "proxy: 10 MB there and back",
            "shared.value = data; shared.value",
            _managed,
        ),
        Work("10 MB there and back", CATCH, ping_pong(10_000_000)),
        peers=SERVERS,
    ),
    Operation(
        "clients",
        Work(
            f"{CLIENTS} clients at once, {CALLS} calls each",
            ALL_AT_ONCE,
            clients_of(CLIENTS),
        ),
        places=("free",),
        peers=SERVERS,
    ),
    Operation(
        "fork",
        Work("Process, fork: start, join", START, started_by("fork")),
        Work("bare fork, exit and wait", FORK, _bare_processes),
    ),
    Operation(
        "spawn",
        Work("Process, spawn: start, join", START, started_by("spawn")),
        Work("bare Python: python -c pass", SPAWN, _bare_processes),
        places=("free",),
    ),
    Operation(
        "server",
        Work("Process, forkserver: start, join", START, started_by("forkserver")),
        places=("free",),
    ),
    Operation(
        "simple",
        Work(
            "SimpleQueue: there and back",
            "there.put(7); back.get()",
            answered("SimpleQueue", _echo),
        ),
        Work("10 bytes there and back", CATCH, ping_pong(10)),
    ),
    Operation(
        "queue",
        Work(
            "Queue: there and back",
            "there.put(7); back.get()",
            answered("Queue", _echo),
        ),
    ),
    Operation(
        "stream",
        Work(
            "Queue: 1,000 numbers",
            "for n in numbers: there.put(n)\nthere.put('end'); back.get()",
            answered("Queue", _drain),
        ),
    ),
    Operation(
        "megabyte",
        Work(
            "Queue: 1 MB there and back",
            "there.put(data); back.get()",
            answered("Queue", _echo),
        ),
        Work("1 MB there and back", CATCH, ping_pong(1_000_000)),
    ),
    Operation(
        "joinable",
        Work(
            "JoinableQueue: 1,000, then join",
            "for n in numbers: there.put(n)\nthere.join()",
            answered("JoinableQueue", _work),
        ),
    ),
    Operation("apply", Work("Pool: apply", "pool.apply(abs, (-1,))", _pool)),
    Operation("tasks", Work("Pool: map, 200 tasks", "pool.map(abs, few, 1)", _pool)),
    Operation("map", Work("Pool: map, 10,000 numbers", "pool.map(abs, many)", _pool)),
    Operation(
        "imap", Work("Pool: imap, 200 tasks", "list(pool.imap(abs, few))", _pool)
    ),
    Operation(
        "result",
        Work("Pool: result of 20 MB", "pool.apply(bytes, (20_000_000,))", _pool),
        Work("20 MB from a process", CATCH, ping_pong(1, back=20_000_000)),
    ),
]
