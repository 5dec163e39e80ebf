"""Messages, pipes, listeners and `wait`: both implementations, one body."""

import array
import contextlib
import ctypes
import gc
import multiprocessing
import os
import pickle
import re
import signal
import socket
import struct
import sys
import threading
import tracemalloc
from multiprocessing import resource_sharer
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import connection_workers as workers
import pytest
from support import TIMEOUT, finish, name_of, outcome, run

import minimp.connection


@pytest.fixture(params=workers.MODULES)
def connection(request):
    return workers.load(request.param)


@pytest.fixture
def pipe(connection):
    """Two connections, each the other's peer."""
    a, b = connection.Pipe()
    with a, b:
        yield a, b


def is_ours(connection):
    return connection is minimp.connection


def started(target, *args):
    """Return a running thread; a result is appended to its list `results`."""
    results = []
    thread = threading.Thread(
        target=lambda: results.append(outcome(target, *args)), daemon=True
    )
    thread.results = results
    thread.start()
    return thread


def result_of(thread):
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    return thread.results[0]


# --- the wire ---------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 60, 16_384, 16_385, 70_000])
def test_frame_is_a_length_and_the_payload(raw, n):
    conn, peer = raw
    payload = bytes(i % 251 for i in range(n))
    conn.send_bytes(payload)
    frame = peer.recv(n + 100, socket.MSG_WAITALL if n > 16_384 else 0)[: n + 4]
    while len(frame) < n + 4:
        frame += peer.recv(n)
    assert frame == n.to_bytes(4, "big") + payload


def test_frame_written_by_hand(raw):
    conn, peer = raw
    conn.send_bytes(b"hello")
    assert peer.recv(100) == b"\x00\x00\x00\x05hello"
    peer.sendall(b"\x00\x00\x00\x05world\x00\x00\x00\x00\x00\x00\x00\x01!")
    assert [conn.recv_bytes() for _ in range(3)] == [b"world", b"", b"!"]


@pytest.mark.parametrize("obj", [None, (None, "append", (7,), {}), "é", [1.5] * 99])
def test_payload_of_send_is_a_pickle(raw, obj):
    conn, peer = raw
    conn.send(obj)
    payload = bytes(ForkingPickler.dumps(obj))
    assert peer.recv(10_000) == len(payload).to_bytes(4, "big") + payload
    peer.sendall(struct.pack("!i", len(payload)) + payload)
    assert conn.recv() == obj


class LongBuffer:
    """Says that it is longer than 4 bytes can tell."""

    def __len__(self):
        return 2**31


def test_long_frame_has_eight_bytes_of_length(raw, monkeypatch):
    conn, _ = raw
    sent = []
    monkeypatch.setattr(type(conn), "_send", lambda self, buf: sent.append(buf))
    conn._send_bytes(LongBuffer())
    assert isinstance(sent.pop(), LongBuffer)
    assert b"".join(sent) == b"\xff\xff\xff\xff" + b"\x00\x00\x00\x00\x80\x00\x00\x00"


def test_longest_short_frame(raw, monkeypatch):
    conn, _ = raw
    sent = []
    monkeypatch.setattr(type(conn), "_send", lambda self, buf: sent.append(buf))
    monkeypatch.setattr(LongBuffer, "__len__", lambda self: 2**31 - 1)
    conn._send_bytes(LongBuffer())
    assert b"".join(sent[:-1]) == b"\x7f\xff\xff\xff"


def test_long_form_serves_for_any_length(raw):
    conn, peer = raw
    peer.sendall(b"\xff\xff\xff\xff" + b"\x00\x00\x00\x00\x00\x00\x00\x05" + b"hello")
    assert conn.recv_bytes() == b"hello"


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x00\x00\x00\x05", b"\x00\x00\x00\x05h"]
)
def test_end_of_file(raw, data):
    conn, peer = raw
    peer.sendall(data)
    peer.close()
    at_a_border = data in (b"", b"\x00\x00\x00\x05")
    broken = (OSError, "got end of file during message")
    assert outcome(conn.recv_bytes) == ((EOFError, "") if at_a_border else broken)
    assert outcome(conn.recv) == (EOFError, "")


def test_message_that_comes_byte_by_byte(raw):
    conn, peer = raw
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    frame = struct.pack("!i", 300) + bytes(range(150)) * 2

    def drip():
        for byte in frame:
            peer.sendall(bytes([byte]))

    thread = started(drip)
    assert conn.recv_bytes() == frame[4:]
    assert result_of(thread) == ("returned", None)


def test_long_message_arrives_whole(pipe):
    a, b = pipe
    message = os.urandom(1000) * 10_000
    thread = started(a.send_bytes, message)
    assert b.recv_bytes() == message
    assert result_of(thread) == ("returned", None)


def test_system_takes_a_message_in_parts(monkeypatch):
    a, b = minimp.connection.Pipe()
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, buf: write(fd, bytes(buf)[:1000]))
    with a, b:
        for message in (bytes(range(250)) * 12, bytes(range(250)) * 120):
            a.send_bytes(message)
            assert b.recv_bytes() == message


@pytest.mark.parametrize("size", [-2, -(2**31), 2**40 + 1, 2**64 - 1])
def test_length_is_not_believed(raw, size, connection):
    conn, peer = raw
    head = struct.pack("!i", size) if size < 0 else struct.pack("!iQ", -1, size)
    peer.sendall(head)
    if not is_ours(connection):
        if size < 0:
            assert conn.recv_bytes() == b""
        return
    text = f"message of {size} bytes announced, at most {2**40} are accepted"
    assert outcome(conn.recv_bytes) == (OSError, text)
    assert conn.closed


@pytest.mark.parametrize("connection", ["minimp"], indirect=True)
def test_memory_comes_with_the_message(raw):
    conn, peer = raw
    peer.sendall(struct.pack("!i", 2**31 - 1) + bytes(1000))
    peer.close()
    tracemalloc.start()
    try:
        assert outcome(conn.recv_bytes)[1] == "got end of file during message"
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def available_memory():
    """In GiB; what other tests take meanwhile is not known."""
    found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    return int(found[1]) / 2**20


@pytest.mark.slow
@pytest.mark.parametrize(
    "sender, receiver", [("cpython", "minimp"), ("minimp", "cpython")]
)
def test_message_over_two_gibibytes(sender, receiver):
    if available_memory() < 10:
        pytest.skip("needs up to 10 GiB of memory")
    a, b = socket.socketpair()
    out = workers.load(sender).Connection(a.detach())
    message = bytearray(2**31 + 5)
    message[-5:] = b"tail!"
    with out, workers.load(receiver).Connection(b.detach()) as into:
        thread = started(out.send_bytes, message)
        received = into.recv_bytes()
        assert result_of(thread) == ("returned", None)
        assert received == message
        out.send("and goes on")
        assert into.recv() == "and goes on"


# --- send_bytes, recv_bytes, recv_bytes_into --------------------------------


@pytest.mark.parametrize(
    "buf, args, expected",
    [
        (b"abcde", (), b"abcde"),
        (b"abcde", (2,), b"cde"),
        (b"abcde", (2, 2), b"cd"),
        (b"abcde", (5,), b""),
        (b"abcde", (5, 0), b""),
        (b"", (), b""),
        (bytearray(b"abc"), (1,), b"bc"),
        (memoryview(b"abcd")[1:3], (), b"bc"),
        (array.array("H", [1, 2, 3]), (), array.array("H", [1, 2, 3]).tobytes()),
        (array.array("H", [1, 2, 3]), (1, 2), b"\x00\x02"),
        (array.array("i"), (), b""),
        ((ctypes.c_byte * 3)(7, 8, 9), (1,), b"\x08\x09"),
        ((ctypes.c_int * 2)(-1, 0), (3, 2), b"\xff\x00"),
        (memoryview(bytes(12)).cast("i", (1, 3)), (), bytes(12)),
    ],
    ids=name_of,
)
def test_send_bytes(pipe, buf, args, expected):
    a, b = pipe
    a.send_bytes(buf, *args)
    assert b.recv_bytes() == expected


@pytest.mark.parametrize(
    "args, error, text",
    [
        ((b"abc", -1), ValueError, "offset is negative"),
        ((b"abc", 4), ValueError, "buffer length < offset"),
        ((b"abc", 1, -1), ValueError, "size is negative"),
        ((b"abc", 1, 3), ValueError, "buffer length < offset + size"),
        (
            ("abc",),
            TypeError,
            "memoryview: a bytes-like object is required, not 'str'",
        ),
    ],
    ids=name_of,
)
def test_send_bytes_refuses(pipe, args, error, text):
    a, b = pipe
    assert outcome(a.send_bytes, *args) == (error, text)
    assert not b.poll()


def test_buffer_with_gaps(raw, connection):
    conn, peer = raw
    gaps = memoryview(bytes(40_000))[::2]
    rows = memoryview(bytes(12)).cast("B", (3, 4))
    if is_ours(connection):
        text = "memoryview: casts are restricted to C-contiguous views"
        assert outcome(conn.send_bytes, gaps) == (TypeError, text)
        conn.send_bytes(rows)
        assert peer.recv(100) == b"\x00\x00\x00\x0c" + bytes(12)
    else:
        text = "memoryview: underlying buffer is not C-contiguous"
        assert outcome(conn.send_bytes, gaps) == (BufferError, text)
        assert peer.recv(100) == b"\x00\x00\x4e\x20"  # and nothing follows


def test_maxlength(pipe):
    a, b = pipe
    a.send_bytes(b"abc")
    assert b.recv_bytes(3) == b"abc"
    assert outcome(b.recv_bytes, -1) == (ValueError, "negative maxlength")
    a.send_bytes(b"abcd")
    assert outcome(b.recv_bytes, 3) == (OSError, "bad message length")
    # What follows is in the middle of a message, but one may still write.
    assert (b.readable, b.writable, b.closed) == (False, True, False)
    assert outcome(b.recv_bytes) == (OSError, "connection is write-only")
    b.send_bytes(b"still here")
    assert a.recv_bytes() == b"still here"


def test_maxlength_on_one_way_pipe(connection):
    r, w = connection.Pipe(duplex=False)
    with r, w:
        w.send_bytes(b"abcd")
        assert outcome(r.recv_bytes, 3) == (OSError, "bad message length")
        assert r.closed


@pytest.mark.parametrize(
    "make",
    [
        lambda: bytearray(12),
        lambda: array.array("i", [0] * 3),
        lambda: array.array("d", [0.0] * 2)[:1] + array.array("d", [0.0]),
        lambda: (ctypes.c_int * 3)(),
        lambda: multiprocessing.RawArray("h", 6),
    ],
)
def test_recv_bytes_into(pipe, make):
    a, b = pipe
    buf = make()
    total = memoryview(buf).nbytes
    a.send_bytes(b"8 bytes!")
    assert b.recv_bytes_into(buf) == 8
    assert bytes(buf) == b"8 bytes!" + bytes(total - 8)
    a.send_bytes(b"")
    assert b.recv_bytes_into(buf, total) == 0
    assert bytes(buf) == b"8 bytes!" + bytes(total - 8)


def test_recv_bytes_into_at_an_offset(pipe):
    a, b = pipe
    for buf in (bytearray(12), array.array("i", [0] * 3)):
        a.send_bytes(b"four")
        assert b.recv_bytes_into(buf, 8) == 4
        assert bytes(buf) == bytes(8) + b"four"


def test_recv_bytes_into_counts_bytes(pipe, connection):
    a, b = pipe
    buf = array.array("i", [0] * 3)
    a.send_bytes(b"6 byte")
    assert b.recv_bytes_into(buf, 2) == 6
    expected = bytes(2) + b"6 byte" + bytes(4)
    # CPython: item 2 // 4 to item (2 + 6) // 4, and what has no room is lost.
    theirs = b"6 byte" + bytes(6)
    assert bytes(buf) == (expected if is_ours(connection) else theirs)


def test_recv_bytes_into_refuses(pipe):
    a, b = pipe
    buf = bytearray(3)
    assert outcome(b.recv_bytes_into, buf, -1) == (ValueError, "negative offset")
    assert outcome(b.recv_bytes_into, buf, 4) == (ValueError, "offset too large")
    a.send_bytes(b"abc")
    with pytest.raises(multiprocessing.BufferTooShort) as info:
        b.recv_bytes_into(buf, 1)
    assert info.value.args == (b"abc",)
    assert buf == bytes(3)
    a.send_bytes(b"next")
    assert b.recv_bytes() == b"next"
    with pytest.raises(TypeError):
        a.send_bytes(b"x")
        b.recv_bytes_into(bytes(3))


# --- what a connection may do -----------------------------------------------

READING = {"recv": (), "recv_bytes": (), "recv_bytes_into": (bytearray(1),), "poll": ()}
WRITING = {"send": (1,), "send_bytes": (b"1",)}


@pytest.mark.parametrize("name", [*READING, *WRITING, "fileno"])
def test_closed(pipe, name):
    a, _ = pipe
    assert not a.closed
    a.close()
    a.close()
    assert a.closed
    args = (READING | WRITING | {"fileno": ()})[name]
    assert outcome(getattr(a, name), *args) == (OSError, "handle is closed")


def test_one_way(connection):
    r, w = connection.Pipe(duplex=False)
    with r, w:
        assert (r.readable, r.writable) == (True, False)
        assert (w.readable, w.writable) == (False, True)
        for name, args in READING.items():
            expected = (OSError, "connection is write-only")
            assert outcome(getattr(w, name), *args) == expected
        for name, args in WRITING.items():
            expected = (OSError, "connection is read-only")
            assert outcome(getattr(r, name), *args) == expected
        w.send([1, 2])
        assert r.recv() == [1, 2]


@pytest.mark.parametrize(
    "args, error, text",
    [
        ((-1,), ValueError, "invalid handle"),
        (("7",), AttributeError, "'str' object has no attribute '__index__'"),
        (
            (7, False, False),
            ValueError,
            "at least one of `readable` and `writable` must be True",
        ),
    ],
)
def test_constructor_refuses(connection, args, error, text):
    assert outcome(connection.Connection, *args) == (error, text)


def test_descriptor_is_closed_with_the_connection(connection):
    a, b = connection.Pipe()
    fd = a.fileno()
    assert isinstance(fd, int)
    with a as entered:
        assert entered is a
        os.fstat(fd)
    assert a.closed
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    fd = b.fileno()
    del b
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_descriptor_is_not_inherited(pipe):
    assert not os.get_inheritable(pipe[0].fileno())


def test_poll(pipe):
    a, b = pipe
    assert [a.poll(), a.poll(0.01), a.poll(-1)] == [False, False, False]
    b.send_bytes(b"")
    assert [a.poll(), a.poll(None), a.poll(-1)] == [True, True, True]
    assert a.recv_bytes() == b""
    assert a.poll() is False
    b.close()
    assert a.poll() is True


def test_peer_has_gone(pipe):
    a, b = pipe
    b.close()
    with pytest.raises(BrokenPipeError):
        a.send_bytes(b"x" * 20_000)
    assert outcome(a.recv) == (EOFError, "")


@pytest.mark.parametrize("duplex", [True, False])
def test_default_timeout_of_sockets_does_not_matter(connection, duplex):
    """A socket with a timeout has a descriptor that does not block."""
    socket.setdefaulttimeout(5)
    try:
        ends = connection.Pipe(duplex)
        with connection.Listener() as listener:
            client = connection.Client(listener.address)
            served = listener.accept()
    finally:
        socket.setdefaulttimeout(None)
    for conn in (*ends, client, served):
        with conn:
            assert os.get_blocking(conn.fileno())


# --- pickling ---------------------------------------------------------------


@pytest.mark.parametrize("name", workers.MODULES)
def test_connection_as_argument_of_a_process(name, start_method):
    connection = workers.load(name)
    ctx = multiprocessing.get_context(start_method)
    ours, theirs = connection.Pipe()
    process = ctx.Process(target=workers.echo, args=(theirs,))
    process.start()
    theirs.close()
    with ours:
        ours.send({"key": [1, 2]})
        assert ours.recv() == {"key": [1, 2]}
        ours.send_bytes(b"")
        finish(process)


def test_connection_in_a_message(connection, pipe):
    a, b = pipe
    r, w = connection.Pipe(duplex=False)
    try:
        with r, w:
            thread = started(a.send, (r, w))
            r2, w2 = b.recv()
            assert result_of(thread) == ("returned", None)
            with r2, w2:
                assert (r2.readable, r2.writable) == (True, False)
                assert (w2.readable, w2.writable) == (False, True)
                assert r2.fileno() not in (r.fileno(), w.fileno())
                w2.send("by the copies")
                assert r2.recv() == "by the copies"
                w.send("by the first ones")
                assert r2.recv() == "by the first ones"
                assert type(r2) is connection.Connection
    finally:
        resource_sharer.stop(TIMEOUT)


class SendsInTurn:
    """To pickle it is to send something else first."""

    def __init__(self, conn):
        self.conn = conn

    def __reduce__(self):
        self.conn.send("inner")
        return str, ("outer",)


def test_pickling_may_send(pipe):
    a, b = pipe
    a.send([SendsInTurn(a), SendsInTurn(a)])
    assert [b.recv() for _ in range(3)] == ["inner", "inner", ["outer", "outer"]]


def test_failed_pickle_sends_nothing(pipe):
    a, b = pipe
    shared = [1]
    for _ in range(3):
        with pytest.raises((AttributeError, pickle.PicklingError)):
            a.send([shared, lambda: None])
        assert not b.poll()
        a.send([shared, shared])
        assert b.recv() == [[1], [1]]


class Receives:
    """Receives another object while it is being unpickled."""

    def __init__(self, ballast):
        self.ballast = ballast

    def __reduce__(self):
        return receive_another, (self.ballast,)


def receive_another(ballast):
    return len(ballast), Receives.conn.recv()


@pytest.mark.parametrize("size", [10, 100_000])
def test_object_that_receives_another(connection, size):
    a, b = connection.Pipe()
    with a, b:
        sending = started(lambda: (a.send(Receives(bytes(size))), a.send("next")))
        Receives.conn = b
        if is_ours(connection) and size > 10:
            refused = OSError, "another message is being received"
            assert outcome(b.recv) == refused
            assert b.recv() == "next"
        else:
            assert b.recv() == (size, "next")
        result_of(sending)
        del Receives.conn


@pytest.mark.parametrize("size", [10, 100_000, 1_000_000])
def test_message_that_cannot_be_unpickled_is_over(pipe, size):
    """Whatever follows its pickle, and wherever the pickle goes wrong."""
    a, b = pipe
    good = bytes(ForkingPickler.dumps(bytes(size)))
    sending = started(a.send_bytes, good + b"behind its end")
    assert b.recv() == bytes(size)
    result_of(sending)
    for bad in (b"\x80" + good, good[:-1] + b"\xff", b"\x80\x04\xff" + good):
        sending = started(a.send_bytes, bad)
        with pytest.raises(Exception, match="pickle|load key|opcode"):
            b.recv()
        result_of(sending)
    a.send("next")
    assert b.recv() == "next"


def test_same_object_again_is_sent_again(pipe):
    """What a pickler remembers must not outlive the message."""
    a, b = pipe
    obj = ["x"]
    for n in range(3):
        obj.append(n)
        a.send(obj)
        assert b.recv() == obj


def dumps(obj):
    return b"".join(minimp.connection.dumps(obj))


def test_threads_pickle_at_the_same_time():
    barrier = threading.Barrier(4)

    def dump(n):
        barrier.wait(TIMEOUT)
        return [pickle.loads(dumps([n] * i)) for i in range(200)]

    threads = [started(dump, n) for n in range(4)]
    for n, thread in enumerate(threads):
        assert result_of(thread) == ("returned", [[n] * i for i in range(200)])


def test_large_pickle_leaves_nothing():
    dumps([[] for _ in range(100_000)])
    dumps(1)
    for pickler in minimp.connection._idle_picklers:
        assert sys.getsizeof(pickler) < 10_000
        assert pickler.parts == []


def test_long_bytes_are_not_copied():
    data = bytes(100_000)
    assert [part for part in minimp.connection.dumps([1, data]) if part is data]


def test_what_cannot_be_pickled_leaves_nothing():
    """Of the message that failed, the next one has nothing."""
    with pytest.raises(Exception, match="pickle"):
        dumps([1, bytes(100_000), lambda: None])
    assert pickle.loads(dumps(2)) == 2


# --- Listener and Client ----------------------------------------------------


def addresses(tmp_path):
    return {
        "AF_UNIX": str(tmp_path / "socket"),
        "abstract": f"\0minimp-test-{os.getpid()}",
        "AF_INET": ("127.0.0.1", 0),
    }


def option(conn, level, name):
    with socket.socket(fileno=os.dup(conn.fileno())) as s:
        return s.getsockopt(level, name)


def test_tcp_does_not_wait(connection):
    """The second of two short messages leaves without an acknowledgement of the first,
    and a host that went away is noticed."""
    with connection.Listener(("127.0.0.1", 0)) as listener:
        with connection.Client(listener.address) as client, listener.accept() as conn:
            for end in (client, conn):
                ours = is_ours(connection)
                no_delay = option(end, socket.IPPROTO_TCP, socket.TCP_NODELAY)
                keep_alive = option(end, socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                assert (no_delay == 1, keep_alive == 1) == (ours, ours)


@pytest.mark.parametrize("kind", ["AF_UNIX", "abstract", "AF_INET"])
@pytest.mark.parametrize("peer", workers.MODULES)
def test_listener_and_client(connection, peer, kind, tmp_path):
    address = addresses(tmp_path)[kind]
    with connection.Listener(address) as listener:
        assert listener.last_accepted is None
        with workers.load(peer).Client(listener.address) as client:
            with listener.accept() as served:
                assert type(served) is connection.Connection
                client.send("over")
                assert served.recv() == "over"
                served.send(["and", "back"])
                assert client.recv() == ["and", "back"]
                with socket.socket(fileno=os.dup(client.fileno())) as s:
                    name = s.getsockname()
                # CPython keeps "" for a client without a name, as accept does.
                assert listener.last_accepted == name
    if kind == "AF_UNIX":
        assert listener is not None and not os.path.exists(address)


@pytest.mark.parametrize("family", ["AF_UNIX", "AF_INET", None])
def test_arbitrary_address(connection, family):
    with connection.Listener(family=family) as listener:
        expected = tuple if family == "AF_INET" else str
        assert type(listener.address) is expected
        if expected is str:
            assert os.path.exists(listener.address)
        with connection.Client(listener.address, family=family):
            listener.accept().close()


def test_ipv6_address(connection):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError as error:
        pytest.skip(f"no IPv6: {error}")
    if not is_ours(connection):
        assert connection.address_type(("::1", 7)) == "AF_INET"
        with pytest.raises(socket.gaierror):
            connection.Listener(("::1", 0))
        return
    assert connection.address_type(("::1", 7)) == "AF_INET6"
    assert connection.address_type(("host", 7, 0, 0)) == "AF_INET6"
    for args in ((("::1", 0),), (None, "AF_INET6")):
        with connection.Listener(*args, authkey=b"key") as listener:
            thread = started(connection.Client, listener.address, None, b"key")
            with listener.accept() as served, result_of(thread)[1] as client:
                client.send(6)
                assert served.recv() == 6


@pytest.mark.parametrize(
    "address, expected",
    [
        (("localhost", 80), "AF_INET"),
        ("/tmp/x", "AF_UNIX"),
        ("\0x", "AF_UNIX"),
        (b"\0x", "AF_UNIX"),
        (r"\\.\pipe\x", "AF_PIPE"),
        (b"/tmp/x", (ValueError, "address type of b'/tmp/x' unrecognized")),
        (None, (ValueError, "address type of None unrecognized")),
        (5, (TypeError, "address type of 5 unrecognized")),
        ([1], (TypeError, "address type of [1] unrecognized")),
    ],
    ids=name_of,
)
def test_address_type(connection, address, expected):
    expected = ("returned", expected) if isinstance(expected, str) else expected
    assert outcome(connection.address_type, address) == expected


def test_unknown_families(connection):
    refused = (ValueError, "Family AF_PIPE is not recognized.")
    assert outcome(connection.Listener, r"\\.\pipe\x") == refused
    assert outcome(connection.Client, r"\\.\pipe\x") == refused
    assert outcome(connection.Client, "x", "AF_PIPE") == refused
    assert outcome(connection.arbitrary_address, "AF_PIPER") == (
        ValueError,
        "unrecognized family",
    )


def test_key_has_to_be_bytes(connection):
    refused = (TypeError, "authkey should be a byte string")
    assert outcome(connection.Listener, authkey="text") == refused
    gc.collect()
    with connection.Listener() as listener:
        assert outcome(connection.Client, listener.address, None, "text") == refused


def test_nobody_listens(connection, tmp_path):
    with pytest.raises(FileNotFoundError):
        connection.Client(str(tmp_path / "nothing"))
    with socket.create_server(("127.0.0.1", 0)) as s:
        address = s.getsockname()
    with pytest.raises(ConnectionRefusedError):
        connection.Client(address)


@pytest.mark.parametrize("kind", ["AF_UNIX", "abstract", "AF_INET"])
def test_address_is_taken(connection, kind, tmp_path):
    with connection.Listener(addresses(tmp_path)[kind]) as listener:
        with pytest.raises(OSError, match="Address already in use"):
            connection.Listener(listener.address)
        with connection.Client(listener.address) as client:
            with listener.accept():
                assert not client.closed


@pytest.mark.parametrize("authkey", [None, b"key"])
def test_closed_listener(connection, authkey):
    listener = connection.Listener(authkey=authkey)
    address = listener.address
    with listener as entered:
        assert entered is listener
    assert outcome(listener.accept) == (OSError, "listener is closed")
    assert not os.path.exists(address)
    listener.close()
    with pytest.raises(FileNotFoundError):
        connection.Client(address)


def test_forgotten_listener_takes_its_file_away(connection):
    listener = connection.Listener()
    address = listener.address
    with (
        pytest.warns(ResourceWarning)
        if sys.flags.dev_mode
        else contextlib.nullcontext()
    ):
        del listener
        gc.collect()
    assert not os.path.exists(address)


@pytest.mark.parametrize("authkey", [None, b"key"])
def test_close_wakes_who_accepts(authkey):
    listener = minimp.connection.Listener(authkey=authkey)
    threads = [started(listener.accept) for _ in range(3)]
    # One is let in, so that the others are not all still on their way.
    with minimp.connection.Client(listener.address, authkey=authkey):
        while not any(thread.results for thread in threads):
            threads[0].join(0.01)
        listener.close()
        results = [result_of(thread)[1] for thread in threads]
    texts = sorted(map(str, results))
    assert texts[1:] == ["listener is closed"] * 2
    for conn in results:
        if isinstance(conn, minimp.connection.Connection):
            conn.close()
    assert outcome(listener.accept) == (OSError, "listener is closed")


def test_close_in_a_signal_handler(monkeypatch):
    """The thread that accepts may be the one that closes."""
    listener = minimp.connection.Listener(authkey=b"key")
    handler = signal.signal(signal.SIGALRM, lambda *args: listener.close())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        assert outcome(listener.accept) == (OSError, "listener is closed")
    finally:
        signal.signal(signal.SIGALRM, handler)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("authkey", [None, b"key"])
def test_listener_as_argument_of_a_process(connection, method, authkey):
    ctx = multiprocessing.get_context(method)
    with connection.Listener(("127.0.0.1", 0), authkey=authkey) as listener:
        process = ctx.Process(target=workers.accept_one, args=(listener,))
        process.start()
        with connection.Client(listener.address, authkey=authkey) as client:
            assert client.recv() == "accepted in a child"
        finish(process)


@pytest.mark.parametrize("authkey", [None, b"key"])
def test_child_closes_its_copy_of_a_listener(connection, authkey):
    """The parent goes on listening, and its file stays."""
    ctx = multiprocessing.get_context("fork")
    with connection.Listener(authkey=authkey) as listener:
        for _ in range(2):  # before the first accept, and after it
            run(ctx, workers.close_listener, listener)
            thread = started(connection.Client, listener.address, None, authkey)
            listener.accept().close()
            result_of(thread)[1].close()


@pytest.mark.parametrize("authkey", [None, b"key"])
def test_child_accepts_on_its_copy_of_a_listener(connection, authkey):
    ctx = multiprocessing.get_context("fork")
    with connection.Listener(authkey=authkey) as listener:
        for _ in range(2):
            process = ctx.Process(target=workers.accept_one, args=(listener,))
            process.start()
            with connection.Client(listener.address, authkey=authkey) as client:
                assert client.recv() == "accepted in a child"
            finish(process)
            thread = started(connection.Client, listener.address, None, authkey)
            listener.accept().close()
            result_of(thread)[1].close()


# --- wait -------------------------------------------------------------------


def test_wait_for_different_things(connection, pipe):
    a, b = pipe
    event = multiprocessing.get_context("fork").Event()
    r, w = connection.Pipe(duplex=False)
    ctx = multiprocessing.get_context("fork")
    process = ctx.Process(target=workers.send_and_wait, args=(w, event, "word"))
    process.start()
    w.close()
    s1, s2 = socket.socketpair()
    with r, s1, s2:
        things = [a, r, s1, b.fileno(), process.sentinel]
        assert connection.wait(things, TIMEOUT) == [r]
        assert r.recv() == "word"
        assert connection.wait(things, TIMEOUT) == [r]  # its end
        things.remove(r)
        assert connection.wait(things, 0) == []
        s2.send(b"x")
        b.send(1)
        assert connection.wait(things, TIMEOUT) == [a, s1]
        a.recv(), s1.recv(1)
        a.send(2)
        assert connection.wait(things, TIMEOUT) == [b.fileno()]
        b.recv()
        event.set()
        assert connection.wait(things, TIMEOUT) == [process.sentinel]
    finish(process)


def test_wait_without_end(connection, pipe):
    a, b = pipe
    thread = started(connection.wait, [a])
    thread.join(0.05)
    assert thread.is_alive()
    b.send(1)
    assert result_of(thread) == ("returned", [a])


def test_wait_gives_up(connection, pipe):
    a, b = pipe
    for timeout in (0, 0.01, -1):
        assert connection.wait([a, b], timeout) == []
        assert connection.wait([], timeout) == []
    b.send(1)
    for timeout in (0, 0.01, -1, None):
        assert connection.wait(iter([a, b]), timeout) == [a]


@pytest.mark.parametrize(
    "make, error, text",
    [
        (lambda a: [a, a], KeyError, "registered"),
        (lambda a: [a, a.fileno()], KeyError, "registered"),
        (lambda a: [object()], ValueError, "Invalid file object: <object object"),
        (lambda a: [-1], ValueError, "Invalid file descriptor: -1"),
        (lambda a: 5, TypeError, "'int' object is not iterable"),
    ],
)
def test_wait_refuses(connection, pipe, make, error, text):
    with pytest.raises(error) as info:
        connection.wait(make(pipe[0]), 0)
    assert info.type is error and text in str(info.value)
    pipe[0].close()
    assert outcome(connection.wait, [pipe[0]], 0) == (OSError, "handle is closed")
