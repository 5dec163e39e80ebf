"""Where CPython's managers break: what should happen, and that ours does it.

The leg of CPython is expected to fail, strictly and with the named exception:
when upstream mends one of these, its test says so.
"""

import contextlib
import errno
import gc
import multiprocessing
import multiprocessing.connection
import os
import pickle
import select
import signal
import socket
import struct
import threading
from unittest import mock

import manager_workers as workers
import pytest
from support import TIMEOUT, finish, outcome, run

import minimp.connection
import minimp.managers

FORK = multiprocessing.get_context("fork")


def broken_upstream(reason, raises=AssertionError):
    """Run the test on both; CPython's leg fails, for `reason`."""
    mark = pytest.mark.xfail(strict=True, raises=raises, reason=reason)
    legs = [pytest.param("cpython", marks=mark), "minimp"]
    return pytest.mark.parametrize("name", legs)


@pytest.fixture
def manager(name):
    with workers.manager_class(name)(ctx=FORK) as manager:
        yield manager


class Interrupted(Exception):
    pass


@broken_upstream("replies have no number; the next call takes what is there")
def test_interrupted_call_does_not_shift_replies(name, manager):
    event, values = manager.Event(), manager.dict(a="value of a")

    def interrupt(signum, frame):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(Interrupted):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            event.wait(0.3)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert values["a"] == "value of a"


@broken_upstream("an ident is an address of memory, which is used again")
def test_idents_are_never_used_again(name, manager):
    idents = {manager.list()._token.id for _ in range(200)}
    assert len(idents) == 200


def test_idents_differ_from_server_to_server():
    """Also when a server follows another at the same address."""
    managers = workers.load("minimp")
    registry = managers.SyncManager._registry
    servers = [managers.Server(registry, None, b"k", "pickle") for _ in "ab"]
    idents = {server.create(None, "list")[0] for server in servers}
    for server in servers:
        server.listener.close()
    assert len(idents) == 2


class Mutex:
    """A lock that runs `between` once: the nth time that it is free."""

    def __init__(self, nth, between):
        self.lock = threading.Lock()
        self.free = 0
        self.nth = nth
        self.between = between

    def __enter__(self):
        self._is_free()
        self.lock.acquire()

    def __exit__(self, *exc_info):
        self.lock.release()
        self._is_free()

    def _is_free(self):
        self.free += 1
        if self.free == self.nth:
            self.between()


@broken_upstream("decref lets go of the mutex in the middle")
def test_decref_is_one_step(name):
    """One client drops an object while another gets the same one."""
    shared = []
    for nth in range(1, 8):
        managers = workers.load(name)
        registry = {"shared": (lambda: shared, ("append",), None, None)}
        server = managers.Server(registry, None, b"key", "pickle")
        first, _ = server.create(None, "shared")
        got = []
        between = lambda s=server, g=got: g.append(s.create(None, "shared"))  # noqa: E731
        server.mutex = Mutex(nth, between)
        server.decref(None, first)
        server.mutex = threading.Lock()
        if not got:
            between()
        server.listener.close()
        known = set(server.id_to_obj) - {"0"}
        assert known == set(server.id_to_refcount) == {got[0][0]}


@broken_upstream("nobody takes away what a killed client held")
def test_killed_client_holds_nothing(name, manager):
    reader, writer = FORK.Pipe(duplex=False)
    args = name, manager.address, bytes(manager._authkey), 5, writer
    process = FORK.Process(target=workers.hold_and_sleep, args=args)
    process.start()
    with reader, writer:
        assert reader.poll(TIMEOUT)
        assert reader.recv() == 5
    assert manager._number_of_objects() == 5
    process.kill()
    process.join(TIMEOUT)
    workers.until(
        lambda: manager._number_of_objects() == 0,
        timeout=TIMEOUT if name == "minimp" else 1.0,
    )


def parent_of_a_sleeper(name, address, key, said):
    """Hold objects, fork a child while a thread is in a call, and sleep."""
    manager = workers.connect(name, address, key)
    held, event = [manager.list() for _ in range(4)], manager.Event()
    barrier = manager.Barrier(2)

    def wait():
        barrier.wait(TIMEOUT)
        event.wait()

    threading.Thread(target=wait, daemon=True).start()
    barrier.wait(TIMEOUT)
    child = os.fork()
    if child:
        said.send((child, len(held)))
    signal.pause()


@broken_upstream("nobody takes away what a killed client held")
def test_killed_client_whose_child_lives_on(name, manager):
    """The child has copies of its connections, and must not keep them."""
    reader, writer = FORK.Pipe(duplex=False)
    args = name, manager.address, bytes(manager._authkey), writer
    process = FORK.Process(target=parent_of_a_sleeper, args=args)
    process.start()
    with reader, writer:
        assert reader.poll(TIMEOUT)
        child, held = reader.recv()
    try:
        assert manager._number_of_objects() == held + 2
        process.kill()
        # Not `join`: it waits for a pipe that the child has, too.
        workers.until(lambda: process.exitcode is not None)
        workers.until(
            lambda: manager._number_of_objects() == 0,
            timeout=TIMEOUT if name == "minimp" else 1.0,
        )
    finally:
        os.kill(child, signal.SIGKILL)


@broken_upstream("a nested proxy leaves its referent in a table for ever")
def test_nested_proxies_are_freed(name, manager):
    outer, spy = manager.list(), manager.Tracked()
    for _ in range(20):
        outer.append(manager.Tracked())
    assert spy.others() == 20
    while len(outer):
        outer.pop()
    workers.until(
        lambda: spy.others() == 0, timeout=TIMEOUT if name == "minimp" else 1.0
    )
    assert manager._number_of_objects() == 2


@broken_upstream("a proxy in a child has no manager to ask for a proxy's type")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_iterating_a_dict_in_a_child(name, manager, method):
    out, shared = manager.list(), manager.dict(a=1, b=2)
    run(multiprocessing.get_context(method), workers.iterate, shared, out)
    assert out[:] == [["a", "b"]]


@broken_upstream("the child ends by AttributeError")
def test_results_of_results_in_a_child(name, manager):
    out = manager.list()
    spawn = multiprocessing.get_context("spawn")  # where proxies are pickled
    run(spawn, workers.numbers_of_child, manager.First(1), out)
    assert out[:] == [[0, 1]]


@broken_upstream("the child ends by AttributeError")
def test_result_of_the_same_typeid_in_a_child(name, manager):
    out, second = manager.list(), manager.Link().child()
    spawn = multiprocessing.get_context("spawn")
    run(spawn, workers.count_of_child, second, out)
    assert out[:] == [2]


def be_impatient():
    workers.load("minimp").connection.HANDSHAKE_TIMEOUT = 0.2


@broken_upstream("a handshake has no deadline", TimeoutError)
def test_silent_client_is_sent_away(name):
    manager = workers.manager_class(name)(ctx=FORK)
    manager.start(be_impatient)  # means nothing to CPython's
    with manager, socket.socket(socket.AF_UNIX) as s:
        s.connect(manager.address)
        s.settimeout(TIMEOUT if name == "minimp" else 1.0)
        received = b"".join(iter(lambda: s.recv(1000), b""))
        assert received[4:].startswith(b"#CHALLENGE#")
        assert len(received) == 4 + 11 + 8 + 40


def expect_few():
    minimp.connection.MAX_STRANGERS = 8
    minimp.managers.GRACE = 0.0


@pytest.mark.parametrize("name", ["cpython", "minimp"])
def test_silent_clients_are_few(name):
    """Those who came first make room; nobody who knows the key waits for them."""
    manager = workers.manager_class(name)(ctx=FORK)
    manager.start(expect_few)  # means nothing to CPython's
    with manager, contextlib.ExitStack() as stack:
        strangers = []
        for _ in range(20):
            s = stack.enter_context(socket.socket(socket.AF_UNIX))
            s.connect(manager.address)
            s.settimeout(TIMEOUT)
            assert b"#CHALLENGE#" in s.recv(1000)
            strangers.append(s)
        assert manager.list([1])[:] == [1]
        if name == "minimp":
            assert [s.recv(1000) for s in strangers[:12]] == [b""] * 12
            strangers = strangers[-4:]  # the client has sent some away, too
        assert select.select(strangers, [], [], 0) == ([], [], [])


@pytest.mark.parametrize("name", ["cpython", "minimp"])
def test_silent_client_does_not_block_the_others(name, manager):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(manager.address)
        assert manager.list([1])[:] == [1]


class OutOfDescriptors:
    """A listener that cannot accept; the 20th attempt is the last."""

    def __init__(self):
        self.attempts = 0

    def accept(self):
        self.attempts += 1
        if self.attempts == 20:
            raise SystemExit  # ends the thread
        raise OSError(errno.EMFILE, "Too many open files")

    _accept = accept


@broken_upstream("asks again at once, for ever")
def test_accepting_without_descriptors_does_not_spin(name):
    server = workers.load(name).Server({}, None, b"key", "pickle")
    server.listener.close()
    server.stop_event = threading.Event()
    server.listener = OutOfDescriptors()

    def accept():
        with contextlib.suppress(SystemExit):
            server.accepter()

    thread = threading.Thread(target=accept)
    thread.start()
    thread.join(0.35)
    server.stop_event.set()
    thread.join(TIMEOUT)
    assert 1 < server.listener.attempts < 20


@broken_upstream("the server sends the text of its traceback")
def test_stranger_learns_nothing(name, manager):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(manager.address)
        assert b"#CHALLENGE#" in s.recv(4 + 256)
        s.sendall(b"\0\0\0\x28{sha256}" + bytes(32))
        received = b"".join(iter(lambda: s.recv(10_000), b""))
    assert received == b"\0\0\0\x09#FAILURE#"


@broken_upstream(
    "memory is asked for as announced, or it waits for what never comes",
    (MemoryError, OverflowError, AssertionError),
)
@pytest.mark.parametrize("size", [2**50, 2**63])
def test_message_that_is_announced_too_long(name, size):
    """By a peer that knows the key; see test_length_is_not_believed."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(struct.pack("!iQ", -1, size))
    with workers.load(name).connection.Connection(ours.detach()) as conn:
        error, text = outcome(conn.recv_bytes)
    assert (error, f"message of {size} bytes" in text) == (OSError, True)


# What stands behind it in a message; long ones are loaded while they come.
MORE = pytest.mark.parametrize("more", [b"", bytes(2**20)], ids=["short", "long"])


@broken_upstream("EOFError is taken for the end of the connection", EOFError)
@MORE
def test_argument_that_raises_eoferror_when_it_is_loaded(name, manager, more):
    proxy = manager.list()
    with pytest.raises(workers.load(name).RemoteError, match="while unpickling"):
        proxy.append([workers.ExplodesOnLoad(EOFError), more])
    proxy.append(1)
    assert proxy[:] == [1]


@pytest.mark.parametrize("name", ["cpython", "minimp"])
@MORE
def test_result_that_raises_when_it_is_loaded(name, manager, more):
    """Its message has been read to the end: the connection is good."""
    counter = manager.Counter()
    failed = outcome(counter.give, [workers.LoadsOnce(), more])
    assert failed == (ValueError, "loaded a second time")
    assert counter.up() == 1


@broken_upstream("the thread ends without a reply", EOFError)
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_method_that_raises_no_exception_proper(name, manager, error):
    counter = manager.Counter()
    with pytest.raises(workers.load(name).RemoteError, match=f"{error.__name__}: 3"):
        counter.fail(error, 3)
    assert counter.up() == 1


@broken_upstream("the thread ends without a reply", EOFError)
def test_constructor_that_raises_systemexit(name, manager):
    with pytest.raises(workers.load(name).RemoteError, match="SystemExit: not made"):
        manager.Refuse()
    assert manager._number_of_objects() == 0


@broken_upstream("the exception cannot be unpickled", TypeError)
def test_exception_that_needs_two_arguments(name, manager):
    counter = manager.Counter()
    with pytest.raises(workers.load(name).RemoteError) as caught:
        counter.fail(workers.NeedsTwo, 1, 2)
    lines = str(caught.value).split("\n")
    assert lines[2] == "Traceback (most recent call last):"
    assert lines[-3:-1] == [
        "    raise error(*args)",
        "manager_workers.NeedsTwo: 1 and 2",
    ]


@broken_upstream("the constructor runs under the server's mutex")
def test_slow_constructor_blocks_nobody(name, manager):
    ready, go, made = manager.Queue(), manager.Queue(), []
    slow = threading.Thread(target=manager.Slow, args=(ready, go))
    other = threading.Thread(target=lambda: made.append(manager.list([1])[:]))
    slow.start()
    assert ready.get(timeout=TIMEOUT) == "begun"
    other.start()
    other.join(TIMEOUT if name == "minimp" else 0.5)
    before = list(made)
    go.put(None)
    slow.join(TIMEOUT)
    other.join(TIMEOUT)
    assert before == [[1]]


@broken_upstream("each reference costs a connection, and each object three")
def test_proxies_share_connections(name, manager):
    connects = []

    class Counted(socket.socket):
        def connect(self, address):
            connects.append(address)
            return super().connect(address)

    first = manager.list([1])
    assert first[:] == [1]
    with mock.patch.object(socket, "socket", Counted):
        for n in range(10):
            proxy = manager.list([n])
            assert proxy[:] == [n]
            del proxy
    assert connects == []


@broken_upstream("the exception comes without its traceback")
def test_exception_brings_its_traceback(name, manager):
    with pytest.raises(ZeroDivisionError) as caught:
        manager.Counter().fail(ZeroDivisionError, "in the server")
    assert "in fail\n    raise error(*args)" in str(caught.value.__cause__)


@broken_upstream("a tuple is taken for an IPv4 address", (OSError, TypeError))
@pytest.mark.parametrize("address", [("::1", 0), ("::1", 0, 0, 0)])
def test_server_on_ipv6(name, address):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    server = workers.load(name).Server({}, address, b"key", "pickle")
    server.listener.close()
    assert server.address[0] == "::1" and server.address[1] > 0


@broken_upstream("says KeyError, and not what there is")
def test_method_that_is_not_exposed(name, manager):
    with pytest.raises(workers.load(name).RemoteError) as caught:
        manager.Hidden()._callmethod("fail")
    last = str(caught.value).strip("-\n").split("\n")[-1]
    assert last == (
        "AttributeError: method 'fail' of <class 'manager_workers.Counter'> object"
        " is not in exposed=['_hidden', 'up']"
    )


@broken_upstream("says only that there is no such attribute")
def test_misspelt_method(name, manager):
    proxy = manager.Hidden()
    with pytest.raises(AttributeError) as caught:
        proxy.upp()
    assert str(caught.value) == (
        "'AutoProxy[Hidden]' object has no attribute 'upp'; exposed are _hidden, up"
    )
    assert (caught.value.name, caught.value.obj) == ("upp", proxy)


def fail_to_listen(name, address):
    """Return what start raises where nobody can listen."""
    manager = workers.manager_class(name)(address, ctx=FORK)
    try:
        manager.start()
    except BaseException as error:
        return error
    manager.shutdown()


@broken_upstream("the server's traceback goes to stderr, the parent gets EOFError")
def test_start_raises_what_the_server_raised(name, tmp_path, capfd):
    error = fail_to_listen(name, str(tmp_path / "no" / "socket"))
    assert type(error) is FileNotFoundError
    with socket.create_server(("127.0.0.1", 0)) as s:
        error = fail_to_listen(name, s.getsockname())
    assert isinstance(error, OSError) and error.errno == errno.EADDRINUSE
    assert capfd.readouterr().err == ""


@broken_upstream("EOFError", EOFError)
def test_start_raises_what_the_initializer_raised(name):
    manager = workers.manager_class(name)(ctx=FORK)
    with pytest.raises(LookupError, match="no initial value"):
        manager.start(workers.fail_to_initialize)
    assert multiprocessing.active_children() == []


def test_one_connection_carries_all_requests():
    """Functions of the server and methods of objects, in any order."""
    managers = workers.load("minimp")
    with workers.manager_class("minimp")(ctx=FORK) as manager:
        key = bytes(manager._authkey)
        with managers.connection.Client(manager.address, authkey=key) as c:
            ident, _ = managers.dispatch(c, None, "create", ("list", [1]))
            managers.dispatch(c, ident, "append", (2,))
            managers.dispatch(c, None, "dummy")
            assert managers.dispatch(c, ident, "__str__") == "[1, 2]"
            managers.dispatch(c, None, "decref", (ident,))
            assert managers.dispatch(c, None, "number_of_objects") == 0


def test_function_that_a_server_does_not_have():
    managers = workers.load("minimp")
    with workers.manager_class("minimp")(ctx=FORK) as manager:
        with managers.connection.Client(
            manager.address, authkey=bytes(manager._authkey)
        ) as c:
            with pytest.raises(managers.RemoteError, match="'mutex' is no function"):
                managers.dispatch(c, None, "mutex")


# --- the manager ends ---------------------------------------------------------------


@broken_upstream("one cause, four errors, and none names the address")
@pytest.mark.parametrize("address", [None, ("127.0.0.1", 0)], ids=["unix", "tcp"])
def test_dead_manager_is_one_clear_error(name, address):
    """In the middle of a call, after one, before the first, and for a new object."""
    manager = workers.manager_class(name)(address, ctx=FORK)
    manager.start()
    event, used, errors = manager.Event(), manager.list(), []
    ready = threading.Barrier(2)

    def end_of(call, *args):
        try:
            call(*args)
        except (OSError, EOFError) as error:
            errors.append(error)

    def wait():
        event.is_set()
        ready.wait(TIMEOUT)
        end_of(event.wait, TIMEOUT)

    threads = [threading.Thread(target=wait)]
    threads += [threading.Thread(target=end_of, args=(used.reverse,))]
    threads[0].start()
    ready.wait(TIMEOUT)
    manager._process.kill()
    manager.join(TIMEOUT)
    threads[1].start()
    for thread in threads:
        thread.join(TIMEOUT)
    for call in (used.reverse, manager.list):
        end_of(call)
    manager.shutdown()
    assert len(errors) == 4
    assert len({type(error) for error in errors}) == 1
    assert all(str(manager.address) in str(error) for error in errors)


@broken_upstream("a thread keeps its broken connection for ever", OSError)
def test_client_goes_on_after_a_restart(name, tmp_path):
    address, key = str(tmp_path / "socket"), b"key"
    first = workers.manager_class(name)(address, key, ctx=FORK)
    first.start()
    client = workers.connect(name, address, key)
    old = client.list([1])
    assert old[:] == [1]
    first._process.kill()
    first.join(TIMEOUT)
    os.unlink(address)
    with workers.manager_class(name)(address, key, ctx=FORK):
        client.connect()
        assert client.list([2])[:] == [2]


@broken_upstream("the question waits for ever, and nobody comes to terminate it")
def test_shutdown_of_a_server_that_does_not_answer(name):
    """It is stopped here; a method that never lets go of the GIL does the same."""
    manager = workers.manager_class(name)(ctx=FORK, shutdown_timeout=0.2)
    manager.start()
    process, shutdown = manager._process, manager.shutdown
    os.kill(process.pid, signal.SIGSTOP)
    thread = threading.Thread(target=shutdown)
    thread.start()
    thread.join(TIMEOUT if name == "minimp" else 1.0)
    hung = thread.is_alive()
    process.kill()
    thread.join(TIMEOUT)
    assert not hung
    assert process.exitcode == -signal.SIGKILL


def start_and_be_killed(name, said):
    """Start a manager that nobody will shut down."""
    manager = workers.manager_class(name)(ctx=FORK)
    manager.start()
    said.send(manager._process.pid)
    os.kill(os.getpid(), signal.SIGKILL)


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@broken_upstream("the server stays, and nobody is left who could end it")
def test_server_ends_with_its_parent(name):
    reader, writer = FORK.Pipe(duplex=False)
    process = FORK.Process(target=start_and_be_killed, args=(name, writer))
    process.start()
    writer.close()
    with reader:
        assert reader.poll(TIMEOUT)
        server = reader.recv()
    workers.until(lambda: process.exitcode == -signal.SIGKILL)
    try:
        workers.until(
            lambda: has_ended(server),
            timeout=TIMEOUT if name == "minimp" else 1.0,
        )
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


def begin_a_reply_and_die(address, said):
    """Be a server that does not live to the end of its first reply."""

    def answer(conn):
        while conn.recv()[0] is None:  # for the server itself
            conn.send(("#RETURN", None))
        reply = pickle.dumps(("#RETURN", bytes(2**24)))
        os.write(conn.fileno(), struct.pack("!i", len(reply)))
        for n in range(0, 2**20, 2**10):
            os.write(conn.fileno(), reply[n : n + 2**10])
        os.kill(os.getpid(), signal.SIGKILL)

    with multiprocessing.connection.Listener(address, authkey=b"key") as listener:
        said.send(listener.address)
        while True:
            threading.Thread(target=answer, args=(listener.accept(),)).start()


@broken_upstream("OSError, of the message alone")
def test_server_killed_in_the_middle_of_a_reply(name, tmp_path):
    reader, writer = FORK.Pipe(duplex=False)
    args = str(tmp_path / "socket"), writer
    process = FORK.Process(target=begin_a_reply_and_die, args=args)
    process.start()
    with reader, writer:
        assert reader.poll(TIMEOUT)
        address = reader.recv()
    managers = workers.load(name)
    token = managers.Token("list", address, "0")
    proxy = managers.ListProxy(token, "pickle", authkey=b"key", incref=False)
    with pytest.raises((EOFError, OSError)) as caught:
        proxy._callmethod("__len__")
    finish(process, exitcode=-signal.SIGKILL)
    assert address in str(caught.value)
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            proxy._callmethod("__len__")
        assert address in str(caught.value)


def threads_of(manager):
    return len(os.listdir(f"/proc/{manager._process.pid}/task"))


BOTH = pytest.mark.parametrize("name", ["cpython", "minimp"])


def print_errors_of_threads():
    """Pytest keeps them to itself, also in a process that is forked."""
    threading.excepthook = threading.__excepthook__


@BOTH
def test_client_killed_in_the_middle_of_a_message(name, capfd):
    """Nobody hears of it: it is the client's own affair."""
    manager = workers.manager_class(name)(ctx=FORK)
    manager.start(print_errors_of_threads)
    with manager:
        send_parts_of_a_message(name, manager)
    assert capfd.readouterr() == ("", "")


def send_parts_of_a_message(name, manager):
    shared = manager.list()
    assert shared[:] == []
    key = bytes(manager._authkey)
    message = pickle.dumps((shared._token.id, "append", (bytes(2**20),), {}))
    data = struct.pack("!i", len(message)) + message
    before = threads_of(manager)
    for cut in (1, 5, 100, 2**15, 2**19, len(data) - 1):
        conn = workers.load(name).connection.Client(manager.address, authkey=key)
        workers.load(name).dispatch(conn, None, "accept_connection", ("a thread",))
        with socket.socket(fileno=os.dup(conn.fileno())) as s:
            s.sendall(data[:cut])
        conn.close()
    assert shared[:] == []
    workers.until(lambda: threads_of(manager) <= before)


# --- what CPython's does right ------------------------------------------------------


@BOTH
def test_requests_that_come_all_at_once(name, manager):
    """Each is answered, in order, though nobody had to send them so."""
    managers = workers.load(name)
    shared = manager.list()
    requests = [(shared._token.id, "append", (n,), {}) for n in range(5)]
    payloads = [pickle.dumps(request) for request in requests]
    data = b"".join(struct.pack("!i", len(p)) + p for p in payloads)
    key = bytes(manager._authkey)
    with managers.connection.Client(manager.address, authkey=key) as conn:
        managers.dispatch(conn, None, "accept_connection", ("a thread",))
        for cut in (len(data), 3, 50):
            os.write(conn.fileno(), data[:cut])
            os.write(conn.fileno(), data[cut:])
            for _ in requests:
                assert conn.poll(TIMEOUT)
                assert conn.recv() == ("#RETURN", None)
    assert shared[:] == [*range(5)] * 3


@BOTH
def test_rlock_while_a_call_makes_calls(name, manager):
    """The lock is this thread's, over whichever connection it speaks."""
    lock, outer = manager.RLock(), manager.list([manager.list([1])])
    threshold = gc.get_threshold()
    with lock:
        inner = outer[0]  # to load it takes a call
        assert inner[:] == [1]
        gc.set_threshold(1)  # now the collector makes calls, too
        try:
            for _ in range(50):
                cycle = [manager.list()]
                cycle.append(cycle)
                with lock:
                    outer[0]
        finally:
            gc.set_threshold(*threshold)
    del cycle
    gc.collect()


# --- references, where CPython has none of this -----------------------------------


@pytest.fixture
def ours():
    with workers.manager_class("minimp")(ctx=FORK) as manager:
        yield manager


def test_popped_proxy_outlives_its_container(ours):
    """The server keeps it until the client has a reference of its own."""
    outer = ours.list()
    for n in range(50):
        outer.append(ours.list([n]))
    popped = [outer.pop() for _ in range(50)]
    assert [p[:] for p in popped] == [[n] for n in reversed(range(50))]


def test_popped_proxy_outlives_its_container_in_threads(ours):
    outer, got = ours.list(), []
    for n in range(80):
        outer.append(ours.list([n]))

    def pop():
        for _ in range(10):
            got.append(outer.pop()[0])

    threads = [threading.Thread(target=pop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert sorted(got) == list(range(80))
    workers.until(lambda: ours._number_of_objects() == 1)


def test_long_chain_of_proxies_is_freed(ours):
    """Dropping one drops the next; not by recursion."""
    chain = ours.list()
    for _ in range(1500):
        longer = ours.list()
        longer.append(chain)
        chain = longer
    del longer
    assert ours._number_of_objects() == 1501
    del chain
    workers.until(lambda: ours._number_of_objects() == 0)


@broken_upstream(
    "a proxy that arrives takes the key of the process for the manager's",
    multiprocessing.AuthenticationError,
)
def test_nested_proxy_of_a_manager_with_a_key_of_its_own(name):
    with workers.manager_class(name)(None, b"its own", ctx=FORK) as manager:
        outer = manager.list([manager.list([1])])
        assert outer[0][:] == [1]


def test_nested_proxies_at_another_name_of_the_address():
    """A server that is bound to all interfaces knows its own objects."""
    manager = workers.manager_class("minimp")(("0.0.0.0", 0), b"key", ctx=FORK)
    with manager:
        address = "127.0.0.1", manager.address[1]
        other = workers.connect("minimp", address, b"key")
        outer, inner = other.list(), other.list([1])
        outer.append(inner)
        assert other._number_of_objects() == 2
        del inner
        assert other._number_of_objects() == 2
        outer.clear()
        workers.until(lambda: other._number_of_objects() == 1)


def test_object_that_only_a_proxy_of_cpython_keeps():
    """It is counted again as soon as a client refers to it again."""
    managers = workers.load("minimp")
    registry = managers.SyncManager._registry
    server = managers.Server(registry, None, b"key", "pickle")
    server.listener.close()
    ident, _ = server.create(None, "list", [1])
    server.id_to_local_proxy_obj[ident] = server.id_to_obj[ident]
    server.decref(None, ident)
    assert server.number_of_objects(None) == 0
    server.decref(None, ident)  # CPython's clients may; it means nothing
    server.incref(None, ident)
    assert server.debug_info(None) == f"  {ident}:       refcount=1\n    [1]"
    server.decref(None, ident)
    assert (server.id_to_obj, server.id_to_refcount) == ({}, {})
