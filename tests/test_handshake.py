"""Who are you: the bytes of the handshake, wrong keys, and peers that misbehave."""

import hmac
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
from multiprocessing import AuthenticationError

import connection_workers as workers
import pytest
from lock_workers import eventually
from support import TIMEOUT, outcome

import minimp.connection
from compare import interpreters

KEY = b"a key"
NEGOTIATES = sys.version_info >= (3, 12)  # whether CPython names digests


@pytest.fixture(params=workers.MODULES)
def connection(request):
    return workers.load(request.param)


@pytest.fixture
def modern(connection):
    """The module, where it names its digest."""
    if connection is not minimp.connection and not NEGOTIATES:
        pytest.skip("CPython up to 3.11 has no digest but MD5")
    return connection


@pytest.fixture
def listener():
    """A listener of minimp that wants a key."""
    with minimp.connection.Listener(backlog=50, authkey=KEY) as listener:
        yield listener


@pytest.fixture
def strangers(listener):
    """Return a function that connects a socket to the listener."""
    sockets = []

    def connect():
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(TIMEOUT)
        sockets.append(s)
        s.connect(listener.address)
        return s

    yield connect
    for s in sockets:
        s.close()


def started(target, *args):
    """Return a running thread, and keep what `target` does as its result."""

    def run():
        thread.result = outcome(target, *args)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def result_of(thread):
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    return thread.result


def frame(payload):
    return len(payload).to_bytes(4, "big") + payload


def recv_exactly(s, n):
    data = b""
    while len(data) < n:
        chunk = s.recv(n - len(data))
        assert chunk, data
        data += chunk
    return data


def read_until_closed(s):
    data = b""
    try:
        while chunk := s.recv(1000):
            data += chunk
    except ConnectionResetError:  # with what we sent still unread
        pass
    return data


# --- golden bytes -----------------------------------------------------------

NONCE = bytes(range(40))
CHALLENGE = b"#CHALLENGE#{sha256}" + NONCE
# hmac.new(b"a key", b"{sha256}" + NONCE, "sha256").digest(), once and for all
MAC = bytes.fromhex("63bc6724f7e97927fbccc8b6327bd942c18898b80d09d4559a3ffca501afbf45")
OLD_NONCE = bytes(range(20))
# hmac.new(b"a key", OLD_NONCE, "md5").digest()
OLD_MAC = bytes.fromhex("1933cfd1741b94a745ef4dade7a61b41")


@pytest.fixture
def fixed_nonce(monkeypatch):
    monkeypatch.setattr(os, "urandom", lambda n: bytes(range(n)))


def test_bytes_of_a_challenge(modern, raw, fixed_nonce):
    conn, peer = raw
    peer.sendall(b"\x00\x00\x00\x28" + b"{sha256}" + MAC)
    modern.deliver_challenge(conn, KEY)
    sent = b"\x00\x00\x00\x3b" + CHALLENGE + b"\x00\x00\x00\x09#WELCOME#"
    assert recv_exactly(peer, len(sent)) == sent


def test_bytes_of_a_refusal(modern, raw, fixed_nonce):
    conn, peer = raw
    peer.sendall(frame(b"{sha256}" + MAC[:-1] + b"\x00"))
    with pytest.raises(AuthenticationError, match="^digest received was wrong$"):
        modern.deliver_challenge(conn, KEY)
    sent = frame(CHALLENGE) + b"\x00\x00\x00\x09#FAILURE#"
    assert recv_exactly(peer, len(sent)) == sent


def test_old_peer_answers_with_bare_md5(modern, raw, fixed_nonce):
    conn, peer = raw
    mac = hmac.new(KEY, b"{sha256}" + NONCE, "md5").digest()
    peer.sendall(frame(mac))
    modern.deliver_challenge(conn, KEY)
    sent = frame(CHALLENGE) + frame(b"#WELCOME#")
    assert recv_exactly(peer, len(sent)) == sent


def test_bytes_of_an_answer(modern, raw):
    conn, peer = raw
    peer.sendall(frame(CHALLENGE) + frame(b"#WELCOME#"))
    modern.answer_challenge(conn, KEY)
    assert recv_exactly(peer, 44) == b"\x00\x00\x00\x28" + b"{sha256}" + MAC


def test_old_challenge_gets_bare_md5(connection, raw):
    conn, peer = raw
    peer.sendall(frame(b"#CHALLENGE#" + OLD_NONCE) + frame(b"#WELCOME#"))
    connection.answer_challenge(conn, KEY)
    assert recv_exactly(peer, 20) == b"\x00\x00\x00\x10" + OLD_MAC


def test_whole_handshake(modern, raw, fixed_nonce):
    """Both sides, as a listener's connection sends them."""
    conn, peer = raw
    answer, welcome = frame(b"{sha256}" + MAC), frame(b"#WELCOME#")
    peer.sendall(answer + frame(CHALLENGE) + welcome)
    modern.deliver_challenge(conn, KEY)
    modern.answer_challenge(conn, KEY)
    sent = frame(CHALLENGE) + welcome + answer
    assert recv_exactly(peer, len(sent)) == sent


@pytest.mark.parametrize("digest", ["md5", "sha256", "sha384", "sha3_256", "sha3_384"])
def test_each_digest(modern, digest):
    message = b"{%s}" % digest.encode() + NONCE
    response = modern._create_response(KEY, message)
    mac = hmac.new(KEY, message, digest).digest()
    assert response == b"{%s}" % digest.encode() + mac
    assert modern._verify_challenge(KEY, message, response) is None
    # The peer may choose a better one than we named; the MAC is of our words.
    stronger = b"{sha3_384}" + hmac.new(KEY, message, "sha3_384").digest()
    assert modern._verify_challenge(KEY, message, stronger) is None


@pytest.mark.parametrize(
    "message, expected",
    [
        (b"x" * 20, ("", b"x" * 20)),
        (b"x" * 16, ("", b"x" * 16)),
        (b"{md5}" + b"x" * 15, ("", b"{md5}" + b"x" * 15)),
        (b"{md5}" + b"x" * 16, ("md5", b"x" * 16)),
        (b"{sha256}}", ("sha256", b"}")),
        (b"{sha3_384}", ("sha3_384", b"")),
    ],
)
def test_digest_and_payload(modern, message, expected):
    assert modern._get_digest_name_and_payload(message) == expected


BAD = "unsupported message length, missing digest prefix, or unsupported digest: "


@pytest.mark.parametrize(
    "response, text",
    [
        (b"", BAD + "message=b''"),
        (b"{sha1}" + bytes(3), BAD + r"message=b'{sha1}\x00\x00\x00'"),
        (b"sha256}x", BAD + "message=b'sha256}x'"),
        (b"{sha256", BAD + "message=b'{sha256'"),
        (b"{}x", BAD + "message=b'{}x'"),
        (b"{SHA256}x", BAD + "message=b'{SHA256}x'"),
        (b"{sha256}", "expected 'sha256' of length 32 got 0"),
        (b"{md5}" + bytes(32), "expected 'md5' of length 16 got 32"),
        (b"{sha384}" + bytes(48), "digest received was wrong"),
        (bytes(16), "digest received was wrong"),
        (bytes(20), "expected 'md5' of length 16 got 20"),
    ],
)
def test_wrong_responses(modern, response, text):
    verify = outcome(modern._verify_challenge, KEY, b"{sha256}" + NONCE, response)
    assert verify == (AuthenticationError, text)


@pytest.mark.parametrize(
    "message, text",
    [
        (b"", "Protocol error, expected challenge: message=b''"),
        (b"#WELCOME#", "Protocol error, expected challenge: message=b'#WELCOME#'"),
        (b"#CHALLENGE#" + b"x" * 19, "challenge too short: 19 bytes"),
        (b"#CHALLENGE#" + b"x" * 21, BAD + "message=b'xxxxxxxxxxxxxxxxxxxxx'"),
        (b"#CHALLENGE#{sha1}" + b"x" * 20, BAD + f"message=b'{{sha1}}{'x' * 20}'"),
    ],
)
def test_wrong_challenges(modern, raw, message, text):
    conn, peer = raw
    peer.sendall(frame(message))
    result = outcome(modern.answer_challenge, conn, KEY)
    if modern is not minimp.connection and "too short" in text:
        # Up to 3.13 the text has lost its f: it tells no number.
        assert result[1] in (text, "challenge too short: {len(message)} bytes")
        return
    assert result == (AuthenticationError, text)


def test_rejected(connection, raw):
    conn, peer = raw
    for last in (b"#FAILURE#", b"#WELCOME", b"", b"#CHALLENGE#"):
        peer.sendall(frame(b"#CHALLENGE#" + OLD_NONCE) + frame(last))
        result = outcome(connection.answer_challenge, conn, KEY)
        assert result == (AuthenticationError, "digest sent was rejected")


@pytest.mark.parametrize("name", ["deliver_challenge", "answer_challenge"])
@pytest.mark.parametrize("key", ["text", None, bytearray(b"x")])
def test_key_has_to_be_bytes(connection, raw, name, key):
    text = f"Authkey must be bytes, not {type(key)}"
    assert outcome(getattr(connection, name), raw[0], key) == (ValueError, text)


@pytest.mark.parametrize(
    "head", [struct.pack("!i", 257), struct.pack("!iQ", -1, 2**40)]
)
@pytest.mark.parametrize("name", ["deliver_challenge", "answer_challenge"])
def test_frames_of_strangers_are_short(connection, raw, name, head):
    conn, peer = raw
    peer.sendall(head)
    result = outcome(getattr(connection, name), conn, KEY)
    assert result == (OSError, "bad message length")
    assert outcome(conn.recv) == (OSError, "connection is write-only")


def test_md5_is_switched_off(modern, raw, monkeypatch):
    conn, peer = raw

    def new(key, msg, digest, original=hmac.new):
        if digest == "md5":
            raise ValueError("[digital envelope routines] unsupported")
        return original(key, msg, digest)

    monkeypatch.setattr(hmac, "new", new)
    refused = (AuthenticationError, "response_digest='md5' unsupported")
    message = b"{sha256}" + NONCE
    assert outcome(modern._verify_challenge, KEY, message, bytes(16)) == refused
    if modern is minimp.connection:
        peer.sendall(frame(b"#CHALLENGE#" + OLD_NONCE))
        assert outcome(modern.answer_challenge, conn, KEY) == refused


# --- keys -------------------------------------------------------------------


@pytest.mark.parametrize("server", workers.MODULES)
@pytest.mark.parametrize("client", workers.MODULES)
@pytest.mark.parametrize("address", [None, ("127.0.0.1", 0)])
def test_two_by_two(server, client, address):
    with workers.load(server).Listener(address, authkey=KEY) as listener:
        call = workers.load(client).Client
        thread = started(call, listener.address, None, KEY)
        with listener.accept() as served, result_of(thread)[1] as conn:
            conn.send("in")
            assert served.recv() == "in"
            served.send("out")
            assert conn.recv() == "out"


def test_empty_key(connection):
    if connection is not minimp.connection and sys.version_info < (3, 13):
        pytest.skip("CPython's listener up to 3.12 takes b'' for no key")
    with connection.Listener(authkey=b"") as listener:
        thread = started(connection.Client, listener.address, None, b"")
        with listener.accept() as served, result_of(thread)[1] as conn:
            conn.send("in")
            assert served.recv() == "in"


@pytest.mark.parametrize("client", workers.MODULES)
def test_wrong_key(listener, client):
    """The client is told; `accept` goes on to the next."""
    accepting = started(listener.accept)
    call = workers.load(client).Client
    refused = (AuthenticationError, "digest sent was rejected")
    for key in (b"another", b"", b"a key?"):
        assert outcome(call, listener.address, None, key) == refused
    with minimp.connection.Client(listener.address, authkey=KEY) as conn:
        with result_of(accepting)[1] as served:
            served.send("in")
            assert conn.recv() == "in"


def test_listener_that_does_not_know_the_key_either(raw):
    """The client checks the listener too, and closes if it is wrong."""
    theirs, ours = socket.socketpair()
    with theirs, minimp.connection.Connection(ours.detach()) as conn:
        theirs.sendall(frame(b"#CHALLENGE#" + OLD_NONCE) + frame(b"#WELCOME#"))
        theirs.sendall(frame(bytes(16)))
        result = outcome(minimp.connection.authenticate_server, conn, KEY)
        assert result == (AuthenticationError, "digest received was wrong")


def test_refused_client_closes(listener):
    accepting = started(listener.accept)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(AuthenticationError) as info:
        minimp.connection.Client(listener.address, authkey=b"another")
    assert "conn" in info.tb.tb_next.tb_frame.f_locals
    assert info.tb.tb_next.tb_frame.f_locals["conn"].closed
    check_accepting(listener, accepting)
    # The thread that has refused it may still be about to close its side.
    eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)


def check_accepting(listener, accepting):
    """Check that a thread in `accept` is still there, and end it."""
    with minimp.connection.Client(listener.address, authkey=KEY) as conn:
        with result_of(accepting)[1] as served:
            served.send("in")
            assert conn.recv() == "in"


# --- other interpreters -----------------------------------------------------


PEERS = [(3, minor) for minor in range(8, 15)]


def interpreter(version):
    python = interpreters.at_hand(PEERS[0]).get(version)
    if python is None:
        pytest.skip("no Python {}.{} at hand".format(*version))
    return python


@pytest.mark.parametrize("version", PEERS)
def test_client_of_another_version(version):
    with minimp.connection.Listener(("127.0.0.1", 0), authkey=KEY) as listener:
        command = [interpreter(version), workers.__file__, "call"]
        command += [repr(listener.address), repr(KEY)]
        with subprocess.Popen(command, stdout=-1, text=True) as process:
            workers.echo(listener.accept())
            assert process.communicate(timeout=TIMEOUT)[0] == "all came back\n"
        assert process.returncode == 0


@pytest.mark.parametrize("version", PEERS)
def test_server_of_another_version(version):
    command = [interpreter(version), workers.__file__, "serve", repr(KEY)]
    with subprocess.Popen(command, stdout=-1, text=True) as process:
        host, port = process.stdout.readline().strip("()\n").split(", ")
        address = (host.strip("'"), int(port))
        with minimp.connection.Client(address, authkey=KEY) as conn:
            for obj in workers.OBJECTS:
                conn.send(obj)
                assert conn.recv() == obj
        assert process.wait(TIMEOUT) == 0


# --- peers that misbehave ---------------------------------------------------


def test_silent_client_does_not_block_accept(connection):
    with connection.Listener(backlog=5, authkey=KEY) as listener:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.connect(listener.address)
            accepting = started(listener.accept)
            assert silent.recv(1000).startswith(b"\x00\x00\x00")
            with socket.socket(socket.AF_UNIX) as second:
                second.connect(listener.address)
                second.settimeout(0.3 if connection is not minimp.connection else 30)
                if connection is minimp.connection:
                    assert recv_exactly(second, 15)[4:] == b"#CHALLENGE#"
                else:  # it is not talked to
                    with pytest.raises(TimeoutError):
                        second.recv(1)
            if connection is minimp.connection:
                check_accepting(listener, accepting)
        if connection is not minimp.connection:
            error, _ = result_of(accepting)
            assert error in (EOFError, ConnectionResetError)


def test_port_probe_does_not_break_accept(listener, strangers):
    accepting = started(listener.accept)
    for n in range(20):
        s = strangers()
        if n % 2:
            s.recv(1000)
        s.close()
    check_accepting(listener, accepting)


GARBAGE = {
    "text": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "empty frame": frame(b""),
    "wrong answer": frame(bytes(16)),
    "long answer": frame(bytes(257)),
    "cut off": frame(b"{sha256}" + bytes(32))[:-5],
    "negative": struct.pack("!i", -7),
    "huge": struct.pack("!iQ", -1, 2**63),
    "pickle": frame(pickle.dumps((None, "shutdown", (), {}))),
    "right words": frame(b"#WELCOME#") * 3,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_gets_a_refusal_and_no_more(listener, strangers, name):
    accepting = started(listener.accept)
    s = strangers()
    s.sendall(GARBAGE[name])
    s.shutdown(socket.SHUT_WR)
    data = read_until_closed(s)
    assert data[:23] == b"\x00\x00\x00\x3b#CHALLENGE#{sha256}"
    assert data[63:] in (b"", frame(b"#FAILURE#"))
    check_accepting(listener, accepting)


@pytest.fixture
def short_deadline(monkeypatch):
    monkeypatch.setattr(minimp.connection, "HANDSHAKE_TIMEOUT", 0.2)


def test_silent_client_is_sent_away(listener, strangers, short_deadline):
    accepting = started(listener.accept)
    silent = [strangers() for _ in range(5)]
    for s in silent:
        assert len(read_until_closed(s)) == 63
    check_accepting(listener, accepting)


def test_slow_client_is_sent_away(listener, strangers, short_deadline):
    """Each byte comes in time, and the handshake would never end."""
    accepting = started(listener.accept)
    s = strangers()
    s.settimeout(0.02)  # paces the bytes
    answer, start = iter(frame(bytes(200))), time.monotonic()
    with pytest.raises((BrokenPipeError, ConnectionResetError, StopIteration)):
        recv_exactly(s, 63)
        while True:
            s.sendall(bytes([next(answer)]))
            try:
                if not s.recv(1):
                    raise BrokenPipeError
            except TimeoutError:
                pass
    assert next(answer, None) is not None, "never sent away"
    assert time.monotonic() - start >= 0.15
    check_accepting(listener, accepting)


def test_deadline_ends_with_the_handshake(listener, short_deadline):
    client = started(minimp.connection.Client, listener.address, None, KEY)
    with listener.accept() as served, result_of(client)[1] as conn:
        assert not served.poll(0.3)  # longer than a handshake may take
        conn.send("late")
        assert served.recv() == "late"
        assert not conn.poll(0.3)
        served.send("later")
        assert conn.recv() == "later"


def test_client_waits_for_a_busy_listener(listener, short_deadline):
    client = started(minimp.connection.Client, listener.address, None, KEY)
    client.join(0.4)  # longer than a handshake may take
    assert client.is_alive()
    with listener.accept() as served, result_of(client)[1] as conn:
        served.send("sorry")
        assert conn.recv() == "sorry"


def test_listener_that_stops_in_mid_handshake(short_deadline, tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "socket"))
        s.listen()
        client = started(minimp.connection.Client, str(tmp_path / "socket"), None, KEY)
        served, _ = s.accept()
        with served:
            served.sendall(frame(CHALLENGE))
            refused = (TimeoutError, "the peer did not speak in time")
            assert result_of(client) == refused


def test_number_of_strangers_is_limited(listener, strangers, monkeypatch):
    monkeypatch.setattr(minimp.connection, "MAX_STRANGERS", 3)
    before = threading.active_count()
    accepting = started(listener.accept)
    silent = [strangers() for _ in range(8)]
    for s in silent[:3]:
        recv_exactly(s, 63)
    silent[3].settimeout(0.2)
    with pytest.raises(TimeoutError):
        silent[3].recv(1)
    assert threading.active_count() <= before + 1 + 3
    for s in silent:
        s.close()
    check_accepting(listener, accepting)


def test_many_clients_at_once(listener):
    calls = [
        started(minimp.connection.Client, listener.address, None, KEY)
        for _ in range(40)
    ]
    served = [listener.accept() for _ in calls]
    for n, conn in enumerate(served):
        conn.send(n)
    clients = [result_of(call)[1] for call in calls]
    assert sorted(conn.recv() for conn in clients) == list(range(40))
    for conn in (*served, *clients):
        conn.close()


def test_several_threads_accept(listener):
    accepting = [started(listener.accept) for _ in range(4)]
    clients = [
        minimp.connection.Client(listener.address, authkey=KEY) for _ in accepting
    ]
    served = [result_of(thread)[1] for thread in accepting]
    assert len({conn.fileno() for conn in served}) == 4
    for conn in (*served, *clients):
        conn.close()


def test_client_that_is_let_in_but_never_accepted(listener, strangers):
    """It learns by the end of the stream that nobody will talk to it."""
    accepting = started(listener.accept)
    slow = strangers()
    while len(slow.recv(63, socket.MSG_PEEK)) < 63:
        pass  # until its handshake has begun
    check_accepting(listener, accepting)
    listener.close()
    with minimp.connection.Connection(os.dup(slow.fileno())) as conn:
        minimp.connection.authenticate_server(conn, KEY)
        assert conn.poll(TIMEOUT)
        assert outcome(conn.recv) == (EOFError, "")


class Trap:
    """Its pickle sets off, wherever it is loaded."""

    sprung = False

    def __reduce__(self):
        return setattr, (Trap, "sprung", True)


def test_nothing_is_unpickled_before_the_key_is_shown(listener, strangers):
    accepting = started(listener.accept)
    payload = pickle.dumps(Trap())
    s = strangers()
    s.sendall(frame(payload) * 3)
    s.shutdown(socket.SHUT_WR)
    read_until_closed(s)
    assert not Trap.sprung
    check_accepting(listener, accepting)
    pickle.loads(payload)
    assert Trap.sprung
    Trap.sprung = False
