"""The parsers of frames and handshakes against whatever a peer may send.

`--slow` runs the four of them with 100,000 inputs, a quarter each: 2,500 that
Hypothesis makes, and what becomes of each by cutting it off and changing it.
"""

import hmac
import socket
import struct
import sys
import threading
import types
from multiprocessing import AuthenticationError
from unittest import mock

import connection_workers as workers
import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given, settings
from support import TIMEOUT, outcome

import minimp.connection
from minimp.connection import Connection

KEY = b"a key"


def variants(data):
    """Yield `data` and what a bad line makes of it, ten in all."""
    yield data
    size = len(data) + 1
    for n in (1, 2, 3, 5, 7):
        yield data[: -n * size // 8]
    for n in (1, 3, 5, 7):
        at = n * size // 8
        changed = (data[at : at + 1] or b"\0")[0] ^ (1 << n)
        yield data[:at] + bytes([changed]) + data[at + 1 :]


def long_form(check, data, *others):
    """Return a slow test of `check` with 25,000 inputs."""

    @pytest.mark.slow
    def test():
        inputs = 0

        @settings(max_examples=2_500)
        @given(data, st.tuples(*others))
        def check_variants(data, others):
            nonlocal inputs
            for variant in variants(data):
                check(variant, *others)
                inputs += 1

        check_variants()
        assert inputs >= 25_000

    return test


class Fed(Connection):
    """A connection whose peer has sent `data`, in pieces, and hung up.

    No descriptor stands behind it: `pieces` are lengths, used in turn.
    """

    def __init__(self, data, pieces=()):
        self.data, self.pieces = data, list(pieces) or [len(data) + 1]
        self.sent = []
        self._handle, self._readable, self._writable = -1, True, True

    def close(self):
        self._handle = None

    def _read(self, size):
        piece = max(1, self.pieces[0])
        self.pieces = self.pieces[1:] + self.pieces[:1]
        taken = self.data[: min(size, piece)]
        self.data = self.data[len(taken) :]
        return taken

    def _send(self, buf):
        self.sent.append(bytes(buf))


def parse(data, maxlength):
    """Return [message...], (error, text): what a reader sees, told once more.

    It takes the stream as a whole, where the code under test takes it in pieces.
    """
    messages = []
    while True:
        head = 4
        if len(data) < head:
            break
        size = int.from_bytes(data[:4], "big", signed=True)
        if size == -1:
            head = 12
            if len(data) < head:
                # The second part of the head is read by itself.
                data = data[4:]
                break
            size = int.from_bytes(data[4:12], "big")
        data = data[head:]
        if maxlength is not None and size > maxlength:
            return messages, (OSError, "bad message length")
        if not 0 <= size <= 2**40:
            text = f"message of {size} bytes announced, at most {2**40} are accepted"
            return messages, (OSError, text)
        if len(data) < size:
            break
        messages.append(data[:size])
        data = data[size:]
    if data:
        return messages, (OSError, "got end of file during message")
    return messages, (EOFError, "")


def read_all(conn, maxlength):
    """Return what `parse` returns, by the connection `conn`."""
    messages = []
    while True:
        kind, value = outcome(conn.recv_bytes, maxlength)
        if kind != "returned":
            return messages, (kind, value)
        messages.append(value)


payloads = st.binary(max_size=40) | st.integers(0, 300).map(bytes)
frames = payloads.map(lambda b: struct.pack("!i", len(b)) + b)
long_frames = payloads.map(lambda b: struct.pack("!iQ", -1, len(b)) + b)
lies = st.builds(struct.pack, st.just("!i"), st.integers(-(2**31), 2**31 - 1))
long_lies = st.builds(
    struct.pack, st.just("!iQ"), st.just(-1), st.integers(0, 2**64 - 1)
)
part = frames | frames | long_frames | lies | long_lies | st.binary(max_size=20)
streams = st.lists(part, max_size=6).map(b"".join)
cut_streams = st.builds(lambda s, n: s[: len(s) - n], streams, st.integers(0, 15))
pieces = st.lists(st.integers(1, 40), max_size=5)
limits = st.none() | st.integers(0, 300)


def check_stream(data, pieces, maxlength):
    conn = Fed(data, pieces)
    assert read_all(conn, maxlength) == parse(data, maxlength)
    kind, text = outcome(conn.recv_bytes)
    if conn.closed:
        assert (kind, text) == (OSError, "handle is closed")
    elif not conn.readable:
        assert (kind, text) == (OSError, "connection is write-only")
    else:
        assert kind in (EOFError, OSError)


test_any_stream = given(cut_streams, pieces, limits)(check_stream)
test_any_stream_long = long_form(check_stream, cut_streams, pieces, limits)


class Turns(Fed):
    """The same for the way in which the peers of a manager read.

    The system is asked for each piece, through `os`; see `check_turns`.
    """

    _read = Connection._read
    take = Fed._read

    def fill(self, buffers):
        """Put a piece into the first of `buffers`, as `os.readv` does."""
        piece = self.take(len(buffers[0]))
        buffers[0][: len(piece)] = piece
        return len(piece)


def read_turns(conn):
    """Return what `parse` returns, by `_recv_in_turn`."""
    messages = []
    while True:
        kind, value = outcome(lambda: whole(conn._recv_in_turn()))
        if kind != "returned":
            return messages, (kind, value)
        messages.append(value)


def whole(message):
    """Return a message as bytes; a long one is read as by `loads`."""
    if isinstance(message, bytes):
        return message
    try:
        return message.read()
    finally:
        message.skip()


def check_turns(data, pieces):
    """Also when all comes at once, which is not in turn."""
    conn = Turns(data, pieces)
    system = types.SimpleNamespace(
        read=lambda _, size: conn.take(size), readv=lambda _, bufs: conn.fill(bufs)
    )
    module = minimp.connection
    with (
        mock.patch.object(module, "os", system),
        mock.patch.object(module, "_SMALL", 20),  # the rest is read while loaded
    ):
        assert read_turns(conn) == parse(data, None)


HEAD_ALONE = struct.pack("!i", 21)
test_any_turns = example(HEAD_ALONE, [])(given(cut_streams, pieces)(check_turns))
test_any_turns_long = long_form(check_turns, cut_streams, pieces)


@given(st.lists(payloads, max_size=6), pieces)
@example([b"", b"x" * 70_000, b""], [1])
def test_what_is_sent_is_received(messages, pieces):
    sender = Fed(b"")
    for message in messages:
        sender.send_bytes(message)
    conn = Fed(b"".join(sender.sent), pieces)
    assert read_all(conn, None) == (messages, (EOFError, ""))


def real(module, data):
    """Return a connection of `module` whose peer has sent `data` and gone."""
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    theirs.close()
    return module.Connection(ours.detach())


@given(st.lists(frames | long_frames, max_size=5).map(b"".join), limits)
@example(b"\x00\x00", None)
@example(b"\xff\xff\xff\xff\x00", None)
def test_cpython_reads_the_same(data, maxlength):
    for cut in {len(data), max(0, len(data) - 3)}:
        results = []
        for name in workers.MODULES:
            with real(workers.load(name), data[:cut]) as conn:
                results.append(read_all(conn, maxlength))
        assert results[0] == results[1]


# --- the handshake ----------------------------------------------------------

digests = st.sampled_from([b"md5", b"sha256", b"sha384", b"sha3_256", b"sha3_384"])
named = st.builds(b"{%s}%s".__mod__, st.tuples(digests, st.binary(max_size=64)))
words = st.sampled_from(
    [b"#CHALLENGE#", b"#WELCOME#", b"#FAILURE#", b"{", b"}", b"{sha1}", b"{md5}"]
)
answers = (
    st.lists(words | named | st.binary(max_size=20), max_size=4).map(b"".join)
    | st.binary(min_size=16, max_size=16)
    | st.binary(min_size=20, max_size=20)
    | st.binary(max_size=300)
)


def check_response(response, message):
    """Only the MAC of the message gets in, and every refusal is one."""
    kind, value = outcome(minimp.connection._verify_challenge, KEY, message, response)
    good = [hmac.new(KEY, message, "md5").digest()]
    for digest in ("md5", "sha256", "sha384", "sha3_256", "sha3_384"):
        mac = hmac.new(KEY, message, digest).digest()
        good.append(b"{%s}%s" % (digest.encode(), mac))
    if response in good:
        assert (kind, value) == ("returned", None)
    else:
        assert kind is AuthenticationError
    for answer in good:
        assert minimp.connection._verify_challenge(KEY, message, answer) is None
    theirs = workers.load("cpython")
    if sys.version_info >= (3, 12):
        expected = outcome(theirs._verify_challenge, KEY, message, response)
        assert (kind, value) == expected


test_any_response = given(answers, st.binary(max_size=60))(check_response)
test_any_response_long = long_form(check_response, answers, st.binary(max_size=60))

EXPECTED = (AuthenticationError, EOFError, OSError)


def check_handshake(data, pieces):
    """A stranger's stream ends in a refusal, and nothing else is sent."""
    conn = Fed(data, pieces)
    with pytest.raises(EXPECTED):
        minimp.connection.deliver_challenge(conn, KEY)
    challenge, *rest = conn.sent
    assert challenge.startswith(b"\x00\x00\x00\x3b#CHALLENGE#{sha256}")
    assert rest in ([], [b"\x00\x00\x00\x09#FAILURE#"])
    conn = Fed(data, pieces)
    result = outcome(minimp.connection.answer_challenge, conn, KEY)
    first = parse(data, 256)[0][:1]
    if result[0] == "returned":
        assert b"#WELCOME#" in data
    else:
        assert issubclass(result[0], EXPECTED)
    if not (first and first[0].startswith(b"#CHALLENGE#")):
        assert conn.sent == []


talk = st.lists(
    answers.map(lambda b: struct.pack("!i", len(b)) + b) | part, max_size=4
).map(b"".join)
test_any_handshake = given(talk, pieces)(check_handshake)
test_any_handshake_long = long_form(check_handshake, talk, pieces)


def both_sides(server, server_key, client, client_key):
    """Return what the two sides of a handshake do, a listener's first."""
    a, b = socket.socketpair()
    results = []
    with server.Connection(a.detach()) as ours:

        def call():
            with client.Connection(b.detach()) as theirs:
                client.answer_challenge(theirs, client_key)
                client.deliver_challenge(theirs, client_key)

        thread = threading.Thread(target=lambda: results.append(outcome(call)))
        thread.start()

        def serve():
            server.deliver_challenge(ours, server_key)
            server.answer_challenge(ours, server_key)

        results.insert(0, outcome(serve))
    thread.join(TIMEOUT)
    assert len(results) == 2
    return results


def same_to_hmac(key, other):
    """HMAC fills a key up with zeros, to the length of a block."""
    return len(key) <= 64 >= len(other) and key.rstrip(b"\0") == other.rstrip(b"\0")


@pytest.mark.parametrize("server", workers.MODULES)
@pytest.mark.parametrize("client", workers.MODULES)
def test_keys(server, client):
    server, client = workers.load(server), workers.load(client)
    keys = st.binary(max_size=80)

    @given(keys, keys)
    @settings(max_examples=15)
    def check(key, other):
        assert both_sides(server, key, client, key) == [("returned", None)] * 2
        assume(not same_to_hmac(key, other))
        results = both_sides(server, key, client, other)
        assert results == [
            (AuthenticationError, "digest received was wrong"),
            (AuthenticationError, "digest sent was rejected"),
        ]

    check()
