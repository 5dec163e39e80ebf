"""minimp speaks CPython's wire: {standard library, minimp} server x client.

Server and client are processes of their own, so that a proxy that the server
holds belongs to whom the client is. What both sides are is said by one name
each, and seen by what they do; other interpreters come in by scripts. Golden
frames are put together here by hand, from what the format says.
"""

import ast
import contextlib
import hmac
import multiprocessing
import os
import pickle
import re
import socket
import socketserver
import struct
import subprocess
import threading
from pathlib import Path

import manager_workers as workers
import pytest
import wire_peer
from support import START_METHODS, TIMEOUT

from compare import interpreters

NAMES = ("cpython", "minimp")
# The standard library waits for 40 ms in each handshake on TCP.
SLOW_ON_TCP = [pytest.param("cpython", marks=pytest.mark.slow), "minimp"]
KEY = b"a key of the test"
HERE = Path(__file__).resolve().parent
PEERS = [(3, minor) for minor in range(8, 15)]


def serve(ctx, name, where):
    """Start a server in a process; return a manager that has it."""
    address = None if where == "unix" else ("127.0.0.1", 0)
    cls = workers.manager_class(name)
    manager = cls(address, KEY, ctx=ctx, shutdown_timeout=TIMEOUT)
    manager.start()
    return manager


@pytest.mark.parametrize("client", NAMES)
@pytest.mark.parametrize("server", NAMES)
def test_every_pair(server, client):
    check_pair("fork", server, client, "unix")


@pytest.mark.parametrize("client", SLOW_ON_TCP)
@pytest.mark.parametrize("server", SLOW_ON_TCP)
def test_every_pair_on_tcp(server, client):
    check_pair("fork", server, client, "tcp")


@pytest.mark.parametrize("where", ["unix", pytest.param("tcp", marks=pytest.mark.slow)])
@pytest.mark.parametrize("client", NAMES)
@pytest.mark.parametrize("server", NAMES)
@pytest.mark.parametrize("method", START_METHODS[1:])
def test_every_pair_under_other_start_methods(server, client, method, where):
    check_pair(method, server, client, where)


def check_pair(method, server, client, where):
    ctx = multiprocessing.get_context(method)
    with serve(ctx, server, where) as manager:
        said, made_by = talk(ctx, client, manager.address)
        # A client that ends takes its references along.
        workers.until(lambda: manager._number_of_objects() == 0)
    assert said == wire_peer.expected(server)
    assert made_by == {client}


@pytest.mark.parametrize("client", NAMES)
@pytest.mark.parametrize("server", NAMES)
def test_every_pair_says_a_few_words_on_tcp(server, client, key_of_process):
    """As above, but for the 40 ms that each connection of CPython's costs."""
    with serve(multiprocessing.get_context("fork"), server, "tcp") as manager:
        other = workers.connect(client, manager.address, KEY)
        shared = other.dict(a=1)
        shared["b"] = [2]
        assert shared.copy() == manager.list([shared])[0].copy() == {"a": 1, "b": [2]}
        with pytest.raises(KeyError, match="'z'"):
            shared["z"]
        assert other._number_of_objects() >= 1


@pytest.fixture
def key_of_process():
    """CPython's proxies that come in a reply take it for the manager's."""
    process = multiprocessing.current_process()
    before, process.authkey = process.authkey, KEY
    yield
    process.authkey = before


def talk(ctx, client, address):
    """Run the conversation in a child; return what came of it, and whose
    connections and proxies the child made."""
    reader, writer = ctx.Pipe(duplex=False)
    args = writer, client, address, KEY
    process = ctx.Process(target=wire_peer.tell, args=args)
    process.start()
    with reader, writer:
        assert reader.poll(TIMEOUT), f"{client} does not talk"
        told = reader.recv()
    process.join(TIMEOUT)
    assert process.exitcode == 0
    process.close()
    return told


# --- other interpreters -----------------------------------------------------------


def interpreter(version):
    """Return the command for an interpreter of that version; skip without."""
    python = interpreters.at_hand(PEERS[0]).get(version)
    if python is None:
        pytest.skip("no Python {}.{} at hand".format(*version))
    return python


@pytest.mark.parametrize("where", ["unix", pytest.param("tcp", marks=pytest.mark.slow)])
@pytest.mark.parametrize("version", PEERS)
def test_clients_of_other_interpreters(version, where):
    python = interpreter(version)
    ctx = multiprocessing.get_context("fork")
    with serve(ctx, "minimp", where) as manager:
        run = subprocess.run(
            [python, HERE / "wire_peer.py", "client", repr(manager.address)],
            input=KEY,
            capture_output=True,
            timeout=TIMEOUT,
        )
        assert run.returncode == 0, run.stderr.decode()
    told = ast.literal_eval(run.stdout.decode())
    assert told == (version, wire_peer.expected("minimp"))


@pytest.mark.parametrize("where", ["unix", pytest.param("tcp", marks=pytest.mark.slow)])
@pytest.mark.parametrize("version", PEERS)
def test_servers_of_other_interpreters(version, where, tmp_path, key_of_process):
    python = interpreter(version)
    # A server that is to hold proxies of ours has to import minimp.
    nested = version >= interpreters.OLDEST
    address = str(tmp_path / "socket") if where == "unix" else free_port()
    server = subprocess.Popen(
        [python, HERE / "wire_peer.py", "server", repr(address)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
    )
    with server:
        try:
            server.stdin.write(KEY)
            server.stdin.close()
            assert ast.literal_eval(server.stdout.readline().decode()) == version
            said = wire_peer.converse(workers.load("minimp"), address, KEY, nested)
            workers.connect("minimp", address, KEY)._peer.ask_once("shutdown")
            assert server.wait(TIMEOUT) == 0
        finally:
            server.kill()
    expected = wire_peer.expected("cpython").items()
    assert said == {k: v for k, v in expected if nested or "nested" not in k}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()


# --- golden frames ----------------------------------------------------------------

DUMMY = (
    b"\x00\x00\x00\x1b"  # 27 bytes follow:
    b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00"  # protocol 4, 16 bytes of opcodes
    b"(N\x8c\x05dummy\x94)}\x94t\x94."  # (None, "dummy", (), {})
)
NOTHING = (
    b"\x00\x00\x00\x19"
    b"\x80\x04\x95\x0e\x00\x00\x00\x00\x00\x00\x00"
    b"\x8c\x07#RETURN\x94N\x86\x94."  # ("#RETURN", None)
)


def text(string):
    """Return the opcodes of a short str: its length, itself, a memo."""
    return b"\x8c" + bytes([len(string)]) + string.encode() + b"\x94"


def frame(*opcodes):
    """Return the frame of the pickle with these opcodes."""
    body = b"".join(opcodes)
    head = struct.pack("<BBBQ", 0x80, pickle.DEFAULT_PROTOCOL, 0x95, len(body))
    return framed(head + body)


def framed(payload):
    return struct.pack("!i", len(payload)) + payload


def request(ident, name, args=b")"):
    """Return the frame of (ident, name, args, {}); `args` in opcodes."""
    ident = b"N" if ident is None else text(ident)
    return frame(b"(", ident, text(name), args, b"}\x94t\x94.")


def reply(kind, result):
    """Return the frame of (kind, result); `result` in opcodes."""
    return frame(text(kind), result, b"\x86\x94.")


def raised(name, args):
    """Return the opcodes of an exception: the class, called."""
    return text("builtins") + text(name) + b"\x93\x94" + args + b"R\x94"


def token(typeid, address, ident, maker="cpython"):
    """Return the opcodes of a token.

    In CPython's, the class is asked for an empty object, which gets three str as
    its state; in minimp's it is called with them. It is the same class.
    """
    cls = text("multiprocessing.managers") + text("Token") + b"\x93\x94"
    state = text(typeid) + text(address) + text(ident) + b"\x87\x94"
    if maker == "cpython":
        return cls + b")\x81\x94" + state + b"b"
    return cls + state + b"R\x94"


NOTHING_RETURNED = reply("#RETURN", b"N")
OUT_OF_RANGE = raised("IndexError", text("pop index out of range") + b"\x85\x94")
EXPOSED_ITERATOR = b"(" + b"".join(map(text, "__next__ send throw close".split()))
EXPOSED_ITERATOR += b"t\x94"


def test_frames_are_those_of_the_format():
    """What the others are put together from, once without any help."""
    protocol = bytes([0x80, pickle.DEFAULT_PROTOCOL])
    assert request(None, "dummy") == DUMMY.replace(b"\x80\x04", protocol)
    assert NOTHING_RETURNED == NOTHING.replace(b"\x80\x04", protocol)


class Raw:
    """Speaks in frames on a socket, by hand."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.file.close()
        self.sock.close()

    def frame(self):
        """Return the next frame; b'' at the end."""
        head = self.file.read(4)
        return head + self.file.read(int.from_bytes(head, "big"))

    def ask(self, data):
        self.sock.sendall(data)
        return self.frame()

    def prove(self):
        """Answer a challenge."""
        message = self.frame()[4:].removeprefix(b"#CHALLENGE#")
        prefix = b"{sha256}" if message.startswith(b"{sha256}") else b""
        mac = hmac.digest(KEY, message, "sha256" if prefix else "md5")
        assert self.ask(framed(prefix + mac)) == framed(b"#WELCOME#")

    def challenge(self):
        """Have a challenge answered, and believe it."""
        answer = self.ask(framed(b"#CHALLENGE#{sha256}" + bytes(range(40))))
        assert len(answer) - 4 in (len(b"{sha256}") + 32, 16)
        self.sock.sendall(framed(b"#WELCOME#"))


def dial(address):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(TIMEOUT)
    sock.connect(address)
    raw = Raw(sock)
    raw.prove()
    raw.challenge()
    return raw


@pytest.fixture(params=NAMES)
def server(request):
    with serve(multiprocessing.get_context("fork"), request.param, "unix") as manager:
        manager.name = request.param
        yield manager


@pytest.fixture
def client(server):
    with dial(server.address) as raw:
        name = text("a test") + b"\x85\x94"
        assert raw.ask(request(None, "accept_connection", name)) == NOTHING_RETURNED
        yield raw


def test_server_answers_in_golden_frames(server, client):
    proxy = server.list([3, 1])
    ident = proxy._token.id
    with dial(server.address) as raw:
        assert raw.ask(request(None, "dummy")) == NOTHING_RETURNED
    with dial(server.address) as raw:
        number = reply("#RETURN", b"K\x01")
        assert raw.ask(request(None, "number_of_objects")) == number
    assert client.ask(request(ident, "append", b"K\x02\x85\x94")) == NOTHING_RETURNED
    got = reply("#RETURN", b"K\x02")
    assert client.ask(request(ident, "__getitem__", b"K\x02\x85\x94")) == got


def test_server_takes_the_long_form_of_a_length(server, client):
    proxy = server.list()
    payload = request(proxy._token.id, "append", b"K\x02\x85\x94")[4:]
    head = b"\xff\xff\xff\xff" + len(payload).to_bytes(8, "big")
    assert client.ask(head + payload) == NOTHING_RETURNED
    assert proxy[:] == [2]


def test_error_in_golden_frames(server, client):
    """minimp's has the traceback around it, by a name that CPython knows."""
    proxy = server.list()
    answer = client.ask(request(proxy._token.id, "pop", b"Kc\x85\x94"))
    error = raised("IndexError", text("pop from empty list") + b"\x85\x94")
    if server.name == "cpython":
        assert answer == reply("#ERROR", error)
    else:
        start = text("#ERROR") + text("multiprocessing.pool") + text("rebuild_exc")
        start += b"\x93\x94" + error
        assert answer[4 + 2 + 9 :].startswith(start)
        assert answer.endswith(b"\x94\x86\x94R\x94\x86\x94.")


def test_token_in_golden_frames(server, client):
    """Where minimp's had another name, a client of CPython could not load it."""
    table = server.dict()
    answer = client.ask(request(table._token.id, "__iter__"))
    end = rb"([0-9a-f-]+)\x94\x87\x94(?:b|R\x94)\x86\x94\x86\x94\.$"
    ident = re.search(end, answer)[1]
    result = token("Iterator", server.address, ident.decode(), server.name)
    assert answer == reply("#PROXY", EXPOSED_ITERATOR + result + b"\x86\x94")


class GoldenServer(socketserver.ThreadingUnixStreamServer):
    """Answers each request with what the script says, and knows no other."""

    daemon_threads = False  # a test waits for them

    def __init__(self, address, script):
        self.script = script  # frame -> frame
        self.requests = []
        self.connected = []  # sockets
        super().__init__(address, None)

    def finish_request(self, sock, _):
        self.connected.append(sock)
        with Raw(sock) as raw, contextlib.suppress(ConnectionError):
            raw.challenge()
            raw.prove()
            while asked := raw.frame():
                self.requests.append(asked)
                unknown = reply("#TRACEBACK", text("not in the script\n"))
                raw.sock.sendall(self.script.get(asked, unknown))


def exposing(ident, *names):
    """Return the reply to `create`: (ident, exposed)."""
    exposed = b"".join(map(text, names)) + bytes([0x84 + len(names)]) + b"\x94"
    return reply("#RETURN", text(ident) + exposed + b"\x86\x94")


CREATE_LIST = request(None, "create", text("list") + b"]\x94K\x01a\x86\x94")
CREATE_DICT = request(None, "create", text("dict") + b"\x85\x94")
ACCEPT = request(None, "accept_connection", text("MainProcess") + b"\x85\x94")
ASKED = {  # request -> reply
    request(None, "dummy"): NOTHING_RETURNED,
    CREATE_LIST: exposing("7f", "append", "pop"),
    ACCEPT: NOTHING_RETURNED,
    request("7f", "append", b"K\x02\x85\x94"): NOTHING_RETURNED,
    request("7f", "pop", b"Kc\x85\x94"): reply("#ERROR", OUT_OF_RANGE),
    request("7f", "sort"): reply("#UNSERIALIZABLE", text("because\n")),
    request("7f", "reverse"): reply("#TRACEBACK", text("Traceback\n")),
    request("7f", "pop"): reply("#NEWS", b"N"),
    request(None, "decref", text("7f") + b"\x85\x94"): NOTHING_RETURNED,
    CREATE_DICT: exposing("8a", "__iter__"),
    request("9a", "__next__"): reply("#ERROR", raised("StopIteration", b")")),
    request(None, "decref", text("9a") + b"\x85\x94"): NOTHING_RETURNED,
    request(None, "decref", text("8a") + b"\x85\x94"): NOTHING_RETURNED,
}
# CPython's proxies also count themselves in, where minimp's take over the
# reference that was made with the object.
COUNTED_IN = {
    request(None, "incref", text(ident) + b"\x85\x94"): NOTHING_RETURNED
    for ident in ("7f", "8a", "9a")
}


@contextlib.contextmanager
def golden_server(address):
    iterator = token("Iterator", address, "9a")
    proxy = reply("#PROXY", text("__next__") + b"\x85\x94" + iterator + b"\x86\x94")
    script = ASKED | COUNTED_IN | {request("8a", "__iter__"): proxy}
    with GoldenServer(address, script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            for sock in server.connected:
                with contextlib.suppress(OSError):  # closed already
                    sock.shutdown(socket.SHUT_RDWR)
            thread.join(TIMEOUT)


@pytest.mark.parametrize("client", NAMES)
def test_client_speaks_in_golden_frames(client, tmp_path, key_of_process):
    managers = workers.load(client)
    with golden_server(str(tmp_path / "socket")) as server:
        manager = managers.SyncManager(server.server_address, KEY)
        manager.connect()
        shared = manager.list([1])
        assert shared.append(2) is None
        with pytest.raises(IndexError, match="^pop index out of range$"):
            shared.pop(99)
        with pytest.raises(managers.RemoteError, match="Unserializable .*: because"):
            shared.sort()
        with pytest.raises(managers.RemoteError, match="---\nTraceback\n---"):
            shared.reverse()
        with pytest.raises(ValueError, match="^Unrecognized message type '#NEWS'$"):
            shared.pop()
        assert list(iter(manager.dict())) == []
        del shared
    asked = set(server.requests)
    assert set(ASKED) <= asked
    others = asked - set(server.script)
    assert (client == "cpython") == (not others) == (set(COUNTED_IN) <= asked)
    assert all(b"accept_connection" in one for one in others)  # with a session
