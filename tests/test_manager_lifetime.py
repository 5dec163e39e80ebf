"""The manager ends, its clients end, and either is there again afterwards."""

import errno
import gc
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from unittest import mock

import manager_workers as workers
import pytest
from support import TIMEOUT, finish, run

import minimp.managers
from minimp.managers import ManagerGoneError, RemoteError

FORK = multiprocessing.get_context("fork")
METHODS = ["fork", "spawn", "forkserver"]
ADDRESSES = [
    pytest.param(None, id="unix"),
    pytest.param(("127.0.0.1", 0), id="tcp"),
]


def start(address=None, **kwargs):
    cls = workers.manager_class("minimp")
    manager = cls(address, ctx=FORK, shutdown_timeout=TIMEOUT, **kwargs)
    manager.start()
    return manager


@pytest.fixture
def manager():
    with start() as manager:
        yield manager


# --- the manager is gone ----------------------------------------------------------


def kill(manager):
    manager._process.kill()


def terminate(manager):
    manager._process.terminate()


def shut_down(manager):
    manager.shutdown()


ENDS = pytest.mark.parametrize("end", [kill, terminate, shut_down])


def check_gone(call, address):
    with pytest.raises(ManagerGoneError) as caught:
        call()
    text = str(caught.value)
    assert text.startswith(f"the manager at {address!r} is gone: ")
    assert isinstance(caught.value, (ConnectionError, EOFError))
    assert isinstance(caught.value.__cause__, (OSError, EOFError))


@ENDS
@pytest.mark.parametrize("address", ADDRESSES)
def test_one_error_however_the_manager_ended(end, address):
    """Connected or not, each call says the same, time and again."""
    manager = start(address)
    used, fresh = manager.list([1]), manager.dict()
    assert used[:] == [1]
    end(manager)
    manager.join(TIMEOUT)
    for call in (used.reverse, used.reverse, fresh.copy):
        check_gone(call, manager.address)
    if end is not shut_down:
        check_gone(manager.list, manager.address)
    manager.shutdown()


@ENDS
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_same_error_in_the_middle_of_a_call(end, address):
    manager = start(address)
    event, errors = manager.Event(), []
    reached = threading.Barrier(5)

    def wait():
        assert event.is_set() is False
        reached.wait(TIMEOUT)
        try:
            event.wait(TIMEOUT)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    reached.wait(TIMEOUT)
    end(manager)
    for thread in threads:
        thread.join(TIMEOUT)
    text = f"the manager at {manager.address!r} is gone: "
    assert [type(error) for error in errors] == [ManagerGoneError] * 4
    assert all(str(error).startswith(text) for error in errors)
    manager.shutdown()


@pytest.mark.parametrize("number", ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"])
def test_the_same_error_when_the_host_is_gone(manager, number):
    proxy = manager.list()
    error = OSError(getattr(errno, number), "the network says")
    manager._peer.forget()
    with mock.patch.object(minimp.managers.connection, "Client", side_effect=error):
        check_gone(proxy.reverse, manager.address)
    manager._peer.connect()


@pytest.mark.parametrize("number", ["EMFILE", "ENFILE", "ENOMEM"])
def test_trouble_of_our_own_is_not_the_managers(manager, number):
    """No connection can be made, which says nothing about the manager."""
    proxy = manager.list([1])
    manager._peer._idle.conns.clear()
    error = OSError(getattr(errno, number), "no more")
    with mock.patch.object(minimp.managers.connection, "Client", side_effect=error):
        with pytest.raises(OSError) as caught:
            proxy.reverse()
        assert type(caught.value) is OSError
        assert proxy._peer.session.lifeline.closed is False
        proxy._peer.forget()  # without a lifeline, it is the same
        with pytest.raises(OSError) as caught:
            manager.list()
        assert type(caught.value) is OSError


@pytest.mark.parametrize("moment", ["between calls", "before the first"])
def test_the_same_error_for_a_server_of_cpython(moment):
    with workers.manager_class("cpython")(None, b"key", ctx=FORK) as theirs:
        client = workers.connect("minimp", theirs.address, b"key")
        proxy = client.list([1])
        if moment == "between calls":
            assert proxy[:] == [1]
        theirs._process.kill()
        theirs.join(TIMEOUT)
        check_gone(proxy.reverse, theirs.address)
        check_gone(client.list, theirs.address)


def test_broken_connection_to_a_server_of_cpython():
    with workers.manager_class("cpython")(None, b"key", ctx=FORK) as theirs:
        client = workers.connect("minimp", theirs.address, b"key")
        proxy = client.list([1])
        assert proxy[:] == [1]
        break_connection(client._peer)
        with pytest.raises((EOFError, OSError)) as caught:
            proxy.reverse()
        assert type(caught.value) is not ManagerGoneError
        assert proxy[:] == [1]


def break_connection(peer):
    with socket.socket(fileno=os.dup(peer._idle.conns[-1].fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)


def test_broken_connection_is_not_the_end_of_the_manager(manager):
    proxy = manager.list([1])
    break_connection(manager._peer)
    with pytest.raises((EOFError, OSError)) as caught:
        proxy.reverse()
    assert type(caught.value) is not ManagerGoneError
    assert proxy[:] == [1]


def test_str_of_a_proxy_whose_manager_was_killed():
    manager = start()
    proxy = manager.list()
    kill(manager)
    manager.join(TIMEOUT)
    assert str(proxy).endswith("; '__str__()' failed>")
    manager.shutdown()


# --- and there again --------------------------------------------------------------


def serve(address, key=b"key"):
    """Start a server at `address`; return its process and where it is."""
    reader, writer = FORK.Pipe(duplex=False)
    args = "minimp", address, key, writer
    process = FORK.Process(target=workers.serve, args=args)
    process.start()
    with reader, writer:
        assert reader.poll(TIMEOUT)
        return process, reader.recv()


@pytest.mark.parametrize("again", ["connect", "call"])
@pytest.mark.parametrize("where", ["unix", "tcp"])
def test_client_goes_on_after_the_server_was_restarted(where, again, tmp_path):
    """By `connect`, or by the next call after the one that failed."""
    address = str(tmp_path / "socket") if where == "unix" else ("127.0.0.1", 0)
    process, address = serve(address)
    client = workers.connect("minimp", address, b"key")
    old = client.list([1])
    process.kill()
    finish(process, exitcode=-signal.SIGKILL)
    if where == "unix":
        os.unlink(address)
    process, address = serve(address)
    if again == "connect":
        client.connect()
    else:
        check_gone(client.list, address)
    assert client.list([2])[:] == [2]
    with pytest.raises(RemoteError, match="made by a server that was here before"):
        old.append(1)
    client._peer.ask_once("shutdown")
    finish(process)


def test_connect_leaves_references_alone(manager):
    """A second way to the same server does not disturb the first."""
    proxy = manager.list([1])
    key = bytes(manager._authkey)
    other = workers.connect("minimp", manager.address, key)
    other.connect()
    assert proxy[:] == [1]
    assert other.list([2])[:] == [2]
    assert other._peer is manager._peer


def test_socket_file_is_gone_after_shutdown(manager):
    assert os.path.exists(manager.address)
    manager.shutdown()
    assert not os.path.exists(manager.address)


# --- shutdown -------------------------------------------------------------------


def test_shutdown_with_50_clients_in_the_middle_of_a_call(capfd):
    """Prompt: nobody had to terminate it. Silent: nothing is printed."""
    manager = start()
    event, barrier = manager.Event(), manager.Barrier(51)
    errors = []

    def wait():
        try:
            barrier.wait()  # the reply may come too late
            event.wait()
        except Exception as error:
            errors.append(type(error))

    threads = [threading.Thread(target=wait) for _ in range(50)]
    for thread in threads:
        thread.start()
    barrier.wait()
    manager.shutdown()
    for thread in threads:
        thread.join(TIMEOUT)
    assert errors == [ManagerGoneError] * 50
    assert manager._process.exitcode == 0
    assert capfd.readouterr() == ("", "")


PROGRAM = """
import multiprocessing, sys
import minimp

def child(event, ready):
    try:
        ready.set()
        event.wait()
    except KeyboardInterrupt:
        pass

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    manager = minimp.Manager()
    event, ready = manager.Event(), manager.Event()
    process = multiprocessing.Process(target=child, args=(event, ready))
    process.start()
    ready.wait()
    try:
        print(manager._process.pid, process.pid, flush=True)
        event.wait()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        process.join()
        raise
"""


def alive(pid):
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("method", METHODS)
def test_control_c_leaves_no_process_behind(method, tmp_path):
    """A terminal sends SIGINT to the whole group."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    here = Path(__file__).resolve().parent
    process = subprocess.Popen(
        [sys.executable, program, method],
        env=os.environ | {"PYTHONPATH": f"{here}{os.pathsep}{here.parent}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT)
    assert out == "interrupted\n", err
    assert len(pids) == 2
    workers.until(lambda: not any(map(alive, pids)))
    assert process.returncode == -signal.SIGINT


def interrupt(*args):
    raise KeyboardInterrupt


def test_interrupted_start_leaves_no_process_behind():
    manager = workers.manager_class("minimp")(ctx=FORK)
    reading = mock.patch.object(
        minimp.managers.connection.Connection, "recv", interrupt
    )
    with reading, pytest.raises(KeyboardInterrupt):
        manager.start()
    assert multiprocessing.active_children() == []
    assert manager._state.value == 0


def test_collected_manager_shuts_down():
    manager = start()
    process = manager._process
    del manager
    gc.collect()
    finish(process)


# --- clients ----------------------------------------------------------------------


def in_bare_fork(work):
    """Run `work` in a child made by os.fork alone; return its status."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_bare_fork_has_connections_of_its_own(manager):
    """Two processes on one connection would get each other's replies."""
    values = manager.dict(a="parent", b="child")
    assert values["a"] == "parent"
    ready = manager.Barrier(2)

    def ask(key, expected):
        ready.wait(TIMEOUT)
        for _ in range(200):
            assert values[key] == expected

    thread = threading.Thread(target=ask, args=("a", "parent"))

    def work():
        ask("b", "child")
        assert manager.list([1])[:] == [1]

    thread.start()  # waits for the child
    assert in_bare_fork(work) == 0
    thread.join(TIMEOUT)
    assert values.copy() == {"a": "parent", "b": "child"}
    workers.until(lambda: manager._number_of_objects() == 2)


def test_fork_while_locks_are_held(manager):
    """The child has no thread that would ever release them."""
    values = manager.dict(a=1)
    peer = manager._peer
    held, release = threading.Event(), threading.Event()

    def hold():
        with peer._mutex, minimp.managers._Peer._all_mutex:
            held.set()
            release.wait(TIMEOUT)

    def work():
        assert values["a"] == 1
        assert pickle.loads(pickle.dumps(values))["a"] == 1

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(TIMEOUT)
    assert in_bare_fork(work) == 0
    release.set()
    thread.join(TIMEOUT)


@pytest.mark.parametrize("method", METHODS)
def test_counter_under_a_managed_lock(manager, method):
    ctx = multiprocessing.get_context(method)
    lock, namespace = manager.Lock(), manager.Namespace(count=0)
    processes = [
        ctx.Process(target=workers.add_under_lock, args=(lock, namespace, 25))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    finish(*processes)
    assert namespace.count == 75
    workers.until(lambda: manager._number_of_objects() == 2)


def test_threads_share_a_proxy(manager):
    shared, lock, namespace = manager.list(), manager.Lock(), manager.Namespace()
    namespace.count = 0

    def work(n):
        for i in range(25):
            shared.append((n, i))
            with lock:
                namespace.count += 1
            assert manager.list([n, i])[:] == [n, i]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert sorted(shared[:]) == [(n, i) for n in range(8) for i in range(25)]
    assert namespace.count == 200
    assert manager._number_of_objects() == 3


@pytest.mark.parametrize("method", METHODS)
def test_proxy_through_a_queue(manager, method):
    ctx = multiprocessing.get_context(method)
    shared, queue = manager.list([1]), ctx.SimpleQueue()
    process = ctx.Process(target=workers.get_and_append_simple, args=(queue, 2))
    process.start()
    queue.put(shared)
    finish(process)
    queue.close()
    assert shared[:] == [1, 2]


def test_proxy_through_a_queue_of_the_manager(manager):
    shared, queue = manager.list([1]), manager.Queue()
    queue.put(shared)
    run(FORK, workers.get_and_append, queue, 2)
    assert shared[:] == [1, 2]
    del shared
    workers.until(lambda: manager._number_of_objects() == 1)


def test_proxy_through_a_pool(manager):
    shared = manager.list()
    with FORK.Pool(2) as pool:
        assert sorted(pool.map(workers.append_and_count, [shared] * 4)) >= [1]
        pool.close()
        pool.join()
    assert len(shared) == 4


def test_proxies_on_two_managers(manager):
    """Each finds its own; one may hold a proxy on the other."""
    with start() as other:
        outer, inner = manager.list(), other.list([1])
        outer.append(inner)
        assert outer[0][:] == [1]
        assert (manager._number_of_objects(), other._number_of_objects()) == (1, 1)
        del inner
        assert outer[0][:] == [1]
        outer.clear()
        workers.until(lambda: other._number_of_objects() == 0)


# --- killed at every point of the conversation ------------------------------------


def frame(data):
    return len(data).to_bytes(4, "big") + data


def threads_of(manager):
    return len(os.listdir(f"/proc/{manager._process.pid}/task"))


def test_connection_ends_with_its_thread(manager):
    barrier = manager.Barrier(20)
    before = threads_of(manager)
    threads = [threading.Thread(target=barrier.wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    workers.until(lambda: threads_of(manager) == before)


def test_client_that_ends_at_any_point(manager):
    """After each, the server answers, and has what it had."""
    held = manager.list([1])
    assert held[:] == [1]
    before = threads_of(manager)
    ident = held._token.id
    calls = [
        (None, "create", ("list",), {}),
        (None, "incref", (ident,), {}),
        (None, "accept_connection", ("me", "session", True), {}),
        (ident, "append", (2,), {}),
    ]
    key = bytes(manager._authkey)
    for call in calls[-2:]:
        message = frame(pickle.dumps(call))
        for sent in (0, 1, 4, 5, len(message) // 2, len(message) - 1):
            conn = minimp.managers.connection.Client(manager.address, authkey=key)
            os.write(conn.fileno(), message[:sent])
            conn.close()
    for cut in (0, 1, 4, 20, 43):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(manager.address)
            s.sendall(frame(b"{sha256}" + bytes(32))[:cut])
    assert held[:] == [1]
    workers.until(lambda: threads_of(manager) <= before)
    assert manager._number_of_objects() == 1


def test_client_that_ends_without_its_reply(manager):
    """What was made for it ends with its session."""
    managers = minimp.managers
    key = bytes(manager._authkey)
    held = manager.list([1])
    before = threads_of(manager)
    for session in map(str, range(10)):  # no two are ever called the same
        lifeline = managers.connection.Client(manager.address, authkey=key)
        managers.dispatch(lifeline, None, "accept_connection", ("a", session, True))
        conn = managers.connection.Client(manager.address, authkey=key)
        managers.dispatch(conn, None, "accept_connection", ("a", session))
        conn.send((None, "create", ("list", [2]), {}))
        conn.send((None, "incref", (held._token.id,), {}))
        conn.close()
        lifeline.close()
    workers.until(lambda: threads_of(manager) <= before)
    assert manager._number_of_objects() == 1
    assert "refcount=1\n" in manager._debug_info()


def test_request_after_the_end_of_the_session(manager):
    managers = minimp.managers
    key = bytes(manager._authkey)
    with managers.connection.Client(manager.address, authkey=key) as conn:
        with pytest.raises(RemoteError, match="session 'none' is over"):
            managers.dispatch(conn, None, "accept_connection", ("a", "none"))


def test_client_recovers_from_a_lost_lifeline(manager):
    """The server has dropped what we held; what we make next, it keeps."""
    old = manager.list([1])
    lifeline = manager._peer.session.lifeline
    with socket.socket(fileno=os.dup(lifeline.fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)
    workers.until(lambda: manager._peer.ask_once("number_of_objects") == 0)
    with pytest.raises(ConnectionError, match="is gone"):
        manager.list()
    new = manager.list([2])
    assert new[:] == [2]
    with pytest.raises(RemoteError, match="KeyError"):
        old.append(1)
    assert manager._number_of_objects() == 1


def test_thread_that_comes_after_a_lost_lifeline(manager):
    """It is told once, and is served then."""
    lists = [manager.list([1])]
    lifeline = manager._peer.session.lifeline
    with socket.socket(fileno=os.dup(lifeline.fileno())) as s:
        s.shutdown(socket.SHUT_RDWR)
    workers.until(lambda: manager._peer.ask_once("number_of_objects") == 0)

    def come():
        with pytest.raises(RemoteError, match="session '.*' is over"):
            lists[0].reverse()
        lists.append(manager.list([2])[:])

    thread = threading.Thread(target=come)
    thread.start()
    thread.join(TIMEOUT)
    assert lists[1:] == [[2]]


def test_reference_of_an_earlier_session_is_not_given_back(manager, monkeypatch):
    """It ended with the session; who is gone is not asked once for each proxy."""
    held = manager.list()
    asked = []
    monkeypatch.setattr(type(manager._peer), "ask", lambda *args: asked.append(args))
    manager._peer.forget()
    del held
    gc.collect()
    assert asked == []
    monkeypatch.undo()
    workers.until(lambda: manager._number_of_objects() == 0)


# --- who does not answer, and who is not there to ask -------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_exit_asks_nobody(manager, method):
    """A client ends though the server does not answer; its references do, too."""
    ours, theirs = multiprocessing.Pipe()
    args = "minimp", manager.address, bytes(manager._authkey), theirs
    context = multiprocessing.get_context(method)
    client = context.Process(target=workers.hold_until_told, args=args)
    client.start()
    assert ours.poll(TIMEOUT) and ours.recv() == "ready"
    assert manager._number_of_objects() == 3
    os.kill(manager._process.pid, signal.SIGSTOP)
    try:
        ours.send("end")
        finish(client)
    finally:
        os.kill(manager._process.pid, signal.SIGCONT)
    workers.until(lambda: manager._number_of_objects() == 0)
    ours.close()
    theirs.close()


# --- the collector comes at any moment --------------------------------------------


def collect_all_the_time():
    gc.set_threshold(1)


def test_collector_at_any_moment():
    """Proxies in cycles, in the client and in the server."""
    manager = workers.manager_class("minimp")(ctx=FORK)
    manager.start(collect_all_the_time)
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        with manager:
            outer = manager.list()
            for n in range(100):
                cycle = [manager.list([n])]
                cycle.append(cycle)
                outer.append(manager.dict(n=n))
                if n % 10 == 9:
                    outer.clear()
            del cycle
            gc.collect()
            workers.until(lambda: manager._number_of_objects() == 1)
    finally:
        gc.set_threshold(*threshold)
