"""A server among clients that are killed and peers that mean harm.

`--slow` runs the long form: 200 clients, of whom 20 are killed.
"""

import contextlib
import multiprocessing
import random
import signal
from typing import NamedTuple
from unittest import mock

import fault_workers
import pytest
from fault_workers import DrillManager, Server, Shared
from manager_workers import until
from support import TIMEOUT, finish

import minimp.connection

FORK = multiprocessing.get_context("fork")
ADDRESSES = [
    pytest.param(None, id="unix"),
    pytest.param(("127.0.0.1", 0), id="tcp"),
]


class Plan(NamedTuple):
    """How much of everything."""

    clients: int  # those that are killed not counted
    victims: int
    held: int  # objects that each client holds
    increments: int  # by each client
    harmful: int  # processes that mean harm
    times: int  # that each of them is each kind of bad peer
    silent: int  # peers that say nothing
    slow: int  # peers that say a byte at each interval
    interval: float  # seconds
    handshake: float  # seconds that the server gives a handshake


SHORT = Plan(12, 4, 3, 10, 1, 4, 30, 6, 0.25, 3.0)
LONG = Plan(180, 20, 5, 20, 4, 40, 200, 20, 1.0, 20.0)


@contextlib.contextmanager
def server_of(address, handshake):
    """Yield a manager, and check that its process ends well."""
    manager = DrillManager(address, ctx=FORK, shutdown_timeout=TIMEOUT)
    # For the server, which is forked here; the clients have the usual.
    with mock.patch.object(minimp.connection, "HANDSHAKE_TIMEOUT", handshake):
        manager.start(fault_workers.keep_errors_of_threads)
    process = manager._process
    with manager:
        yield manager
    assert process.exitcode == 0


class Crowd:
    """Processes around one server; each has a pipe on which it reports."""

    def __init__(self, manager):
        self.server = Server(manager.address, bytes(manager._authkey))
        self.pipes = []

    def start(self, target, *args):
        """Return (process, reader) of `target(server, *args, said)`."""
        reader, writer = FORK.Pipe(duplex=False)
        process = FORK.Process(target=target, args=(self.server, *args, writer))
        process.start()
        writer.close()
        self.pipes.append(reader)
        return process, reader

    def close(self):
        for pipe in self.pipes:
            pipe.close()


def heard(reader):
    """Return what a process reports next."""
    assert reader.poll(4 * TIMEOUT), "no report"
    try:
        return reader.recv()
    except EOFError:
        pytest.fail("a process failed before its report; see its stderr")


def kill_at_random(victims, rng):
    """Kill each some steps after it began, some of them in a call."""
    rng.shuffle(victims)
    for process, reader in victims:
        for _ in range(rng.randrange(1, 20)):
            if heard(reader) == "waiting":
                break
        process.kill()
    finish(*[process for process, _ in victims], exitcode=-signal.SIGKILL)


def drill(manager, plan, rng):
    """Let everything happen at once, then see what the server holds."""
    shared = Shared(
        manager.Lock(), manager.Namespace(count=0), manager.list(), manager.Event()
    )
    inside = manager.Inside()
    fixed = {proxy._id for proxy in (*shared, inside)}
    # Reading a proxy takes a connection more, which is then kept.
    shared.nest.append(manager.list())
    assert len(shared.nest[:]) == 1
    shared.nest.clear()
    until(lambda: inside.idents() == fixed)
    before = inside.counts()

    def holds_only(idents):
        nested = {proxy._id for proxy in shared.nest[:]}
        return inside.idents() == fixed | nested | idents

    crowd = Crowd(manager)
    go = FORK.Event()
    with contextlib.closing(crowd):
        lingering, reader = crowd.start(
            fault_workers.linger, plan.silent, plan.slow, plan.interval
        )
        assert heard(reader) == "connected"
        victims = [
            crowd.start(fault_workers.be_killed, shared, rng.random(), n)
            for n in rng.choices(range(1, 30), k=plan.victims)
        ]
        harmful = [
            crowd.start(fault_workers.mean_harm, rng.random(), plan.times)
            for _ in range(plan.harmful)
        ]
        clients = [
            crowd.start(fault_workers.work, shared, plan.held, plan.increments, go)
            for _ in range(plan.clients)
        ]
        kill_at_random(victims, rng)
        idents = set().union(*[heard(reader) for _, reader in clients])
        for _, reader in harmful:
            assert heard(reader) >= plan.times
        finish(*[process for process, _ in harmful])
        assert len(idents) == plan.clients * plan.held
        until(lambda: holds_only(idents))
        go.set()
        finish(*[process for process, _ in clients])
        shared.event.set()  # lets the threads go that served the dead
        finish(lingering)
    until(lambda: holds_only(set()))
    assert len(shared.nest) >= plan.clients
    shared.nest.clear()
    until(lambda: inside.idents() == fixed)
    until(lambda: inside.counts() == before)
    assert shared.tally.count == plan.clients * plan.increments


def check_still_serves(manager):
    """Somebody new, and somebody known, get what they ask for."""
    crowd = Crowd(manager)
    with contextlib.closing(crowd):
        process, reader = crowd.start(use_everything)
        assert heard(reader) == "used"
        finish(process)
    assert manager.list([1, 2]).pop() == 2


def use_everything(server, said):
    manager = server.connect()
    manager.connect()
    queue, values = manager.Queue(), manager.dict(a=[1])
    queue.put(values)
    assert queue.get()["a"] == [1]
    with manager.Lock():
        assert list(values) == ["a"]
    said.send("used")


@pytest.mark.parametrize("address", ADDRESSES)
def test_fault_drill(address):
    with server_of(address, SHORT.handshake) as manager:
        drill(manager, SHORT, random.Random(3))
        check_still_serves(manager)


@pytest.mark.slow
@pytest.mark.parametrize("address", ADDRESSES)
def test_fault_drill_long(address):
    with server_of(address, LONG.handshake) as manager:
        drill(manager, LONG, random.Random(1))
        check_still_serves(manager)
