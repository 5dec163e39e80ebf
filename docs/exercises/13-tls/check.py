"""The listener is in this process, and so are its clients, in threads."""

import contextlib
import pickle
import socket
import ssl
import struct
import threading

import pytest

from compare.certificates import Identity
from compare.checks import NotMet, expect, within
from minimp import connection

HOST, KEY = "127.0.0.1", b"the right key"
SERVER, CLIENT = ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT
PATIENCE = 1.5  # seconds
A_WHILE = 0.2  # seconds in which nothing is to come
SECRET = "the code is 4711"


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The paths of PEM files, by name: an authority, and whom it knows; and another."""
    ours, theirs = Identity("an authority"), Identity("another authority")
    identities = {
        "authority": ours,
        "server": Identity(HOST, ours),
        "client": Identity("a client", ours),
        "other host": Identity("127.0.0.2", ours),
        "another authority": theirs,
        "stranger": Identity(HOST, theirs),
    }
    folder = tmp_path_factory.mktemp("certificates")
    return {name: one.write(folder / name) for name, one in identities.items()}


@pytest.fixture
def contexts(answer, files):
    """The learner's contexts: of the server, and of the client."""
    authority = files["authority"]
    return (
        answer.make_context(SERVER, files["server"], authority),
        answer.make_context(CLIENT, files["client"], authority),
    )


@pytest.fixture
def listener(answer, contexts):
    with _listening(answer, contexts[0]) as listener:
        yield listener


class Guests:
    """A listener whose accept() is always being called, by a thread."""

    def __init__(self, listener):
        self.address, self.listener = listener.address, listener
        self.arrived, self.conns, self.error = threading.Semaphore(0), [], None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                self.conns.append(self.listener.accept())
                self.arrived.release()
        except Exception as error:  # such as the one that says that it is closed
            self.error = error

    def next(self):
        """Return the connection to the next client that accept() has let in."""
        came = self.arrived.acquire(timeout=PATIENCE)
        if self.error:
            raise self.error
        expect("whether accept() returns the client", came, True)
        return self.conns[-1]


@contextlib.contextmanager
def _listening(answer, context):
    listener = answer.TlsListener((HOST, 0), authkey=KEY)
    listener.context = context
    guests = Guests(listener)
    try:
        yield guests
    finally:
        guests.listener.close()
        for conn in guests.conns:
            conn.close()


@pytest.fixture
def ends(answer, contexts, listener):
    """Two ends of a connection: the client's and the listener's."""
    with _client(answer, listener.address, contexts[1]) as client:
        yield client, listener.next()


def _client(answer, address, context, authkey=KEY):
    return within(PATIENCE, answer.TlsClient, address, authkey, context)


def _outcome(*args):
    """Return "let in" or the exception for a client that connects."""
    try:
        with _client(*args):
            return "let in"
    except Exception as error:
        return error


def _refused(what, came):
    refused = isinstance(came, (OSError, EOFError)) and not isinstance(came, NotMet)
    expect(what, "refused" if refused else came, "refused")


def _works(answer, listener, contexts):
    """See that a client with everything that it takes is let in."""
    with _client(answer, listener.address, contexts[1]) as client:
        client.send("hello")
        came = within(PATIENCE, listener.next().recv)
        expect("what one with certificate and key sends after that", came, "hello")


def test_1_objects_pass(ends):
    for one, other in (ends, ends[::-1]):
        for obj in ("short", [1, 2], b"long" * 500_000, list(range(50_000))):
            sender = threading.Thread(target=one.send, args=(obj,), daemon=True)
            sender.start()
            came = within(PATIENCE, other.recv)
            expect(f"whether an object of {len(obj)} items arrives", came == obj, True)
            sender.join(PATIENCE)


def test_1_end_is_told(ends):
    client, there = ends
    client.close()
    with pytest.raises(EOFError):
        within(PATIENCE, there.recv)


class Wire:
    """Passes on what the first client and the listener say, and keeps it."""

    def __init__(self, address):
        self.there, self.passed = address, [bytearray(), bytearray()]
        self.door = socket.create_server((HOST, 0))
        self.address = self.door.getsockname()
        threading.Thread(target=self._connect, daemon=True).start()

    def _connect(self):
        with self.door.accept()[0] as client:
            with socket.create_connection(self.there) as server:
                args = (client, server, self.passed[0])
                threading.Thread(target=self._pass_on, args=args, daemon=True).start()
                self._pass_on(server, client, self.passed[1])

    def _pass_on(self, source, target, passed):
        with contextlib.suppress(OSError):  # one of the two has hung up
            while data := source.recv(2**16):
                passed += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_2_nothing_can_be_read_on_the_way(answer, contexts, listener):
    wire = Wire(listener.address)
    with wire.door, _client(answer, wire.address, contexts[1]) as client:
        there = listener.next()
        client.send(SECRET)
        expect("what arrives", within(PATIENCE, there.recv), SECRET)
        there.send(SECRET)
        expect("what comes back", within(PATIENCE, client.recv), SECRET)
    for data, whose in zip(wire.passed, ("the client", "the listener"), strict=True):
        for part in (SECRET.encode(), b"#CHALLENGE#"):
            readable = "can be read" if part in data else "cannot be read"
            what = f"{part} in what {whose} sends"
            expect(what, readable, "cannot be read")
        expect(f"the first byte that {whose} sends, 22 in TLS", data[0], 22)


def test_3_client_needs_a_certificate(answer, files, contexts, listener):
    without = ssl.create_default_context(cafile=files["authority"])
    came = _outcome(answer, listener.address, without)
    _refused("a client with the right key that shows no certificate", came)
    _works(answer, listener, contexts)


def test_3_of_the_right_authority(answer, files, contexts, listener):
    other = ssl.create_default_context(cafile=files["authority"])
    other.load_cert_chain(files["stranger"])
    came = _outcome(answer, listener.address, other)
    _refused("a client whose certificate is of another authority", came)
    _works(answer, listener, contexts)


@pytest.mark.parametrize("name", ["stranger", "other host"])
def test_4_listener_needs_one_too(answer, files, contexts, name):
    context = ssl.SSLContext(SERVER)
    context.load_cert_chain(files[name])
    with _listening(answer, context) as listener:
        came = _outcome(answer, listener.address, contexts[1])
    refused = isinstance(came, ssl.SSLCertVerificationError)
    of = "another authority" if name == "stranger" else "another host"
    what = f"a listener whose certificate is of {of}"
    expect(what, "refused by the client" if refused else came, "refused by the client")


def test_5_key_is_still_needed(answer, contexts, listener):
    came = _outcome(answer, listener.address, contexts[1], b"another key")
    what = "a client with a certificate and the wrong key"
    expect(what, type(came).__name__, "AuthenticationError")
    _works(answer, listener, contexts)


def test_6_poll(ends):
    client, there = ends
    expect(f"poll({A_WHILE}) before a message is sent", there.poll(A_WHILE), False)
    client.send("one")
    expect("poll() when one has been sent", within(PATIENCE, there.poll, None), True)
    expect("recv() after it", within(PATIENCE, there.recv), "one")
    expect("poll() when it has been received", there.poll(), False)


def test_6_poll_when_two_come_at_once(ends):
    client, there = ends
    frames = [pickle.dumps(n) for n in (1, 2)]
    client._send(b"".join(struct.pack("!i", len(one)) + one for one in frames))
    expect("the first of two messages", within(PATIENCE, there.recv), 1)
    expect("poll(), with the second in the same record", there.poll(A_WHILE), True)
    expect("the second one", within(PATIENCE, there.recv), 2)
    expect("poll() after both", there.poll(), False)


def test_7_silent_client_holds_up_nobody(answer, contexts, listener):
    with socket.create_connection(listener.address):
        _works(answer, listener, contexts)


def test_7_silent_client_is_sent_away(listener, monkeypatch):
    monkeypatch.setattr(connection, "HANDSHAKE_TIMEOUT", A_WHILE)
    with socket.create_connection(listener.address, PATIENCE) as silent:
        try:
            came = silent.recv(100)
        except TimeoutError:
            came = "nothing so far"
    what = "what a client that says nothing hears after HANDSHAKE_TIMEOUT"
    expect(what, came, b"")
