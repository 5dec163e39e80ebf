"""Good clients, clients that get killed, and peers that mean harm.

Each runs in a process of its own, against a server of minimp.  The wire is
spoken by hand here: a peer that means harm does not use our code.
"""

import contextlib
import hmac
import os
import pickle
import random
import re
import socket
import struct
import threading
import time
from multiprocessing import AuthenticationError, current_process, util
from multiprocessing.connection import wait
from typing import NamedTuple

from support import TIMEOUT

import minimp.connection
import minimp.managers


class Server(NamedTuple):
    """What it takes to reach a server."""

    address: object
    key: bytes

    def connect(self):
        return DrillManager(self.address, authkey=self.key)


class Shared(NamedTuple):
    """Proxies that every client gets."""

    lock: object
    tally: object  # a Namespace with a count, guarded by the lock
    nest: object  # a list of proxies
    event: object  # set when the killing is over


def keep_errors_of_threads():
    """What no thread should raise is seen by `Inside`, and not printed."""
    threading.excepthook = errors_of_threads.append


errors_of_threads = []


class Inside:
    """Looks at the server that it lives in."""

    def counts(self):
        """Return what must be back where it was when a drill is over."""
        server = current_process()._manager_server
        return {
            "errors": [repr(args.exc_value) for args in errors_of_threads],
            "sessions": len(server._sessions),
            "threads": len(os.listdir("/proc/self/task")),
            "postponed": server._postponed.qsize(),
            "kept for CPython": len(server.id_to_local_proxy_obj),
            "finalizers": len(util._finalizer_registry),
            "descriptors": sorted(descriptors()),
        }

    def idents(self):
        """Return the idents of all objects, and check the tables."""
        server = current_process()._manager_server
        with server.mutex:
            assert set(server.id_to_obj) == set(server.id_to_refcount)
            assert min(server.id_to_refcount.values()) > 0
            return set(server.id_to_obj)


def descriptors():
    """Yield what kind each descriptor of this process is of."""
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing
            yield os.readlink(f"/proc/self/fd/{number}").split(":")[0]


class DrillManager(minimp.managers.SyncManager):
    pass


DrillManager.register("Inside", Inside)


# --- clients ------------------------------------------------------------------


def work(server, shared, held, increments, go, said):
    """Hold objects, count under the lock, and let go when told to."""
    manager = server.connect()
    manager.connect()
    mine = [manager.list([n]) for n in range(held)]
    shared.nest.append(manager.dict(pid=os.getpid()))
    for _ in range(increments):
        with shared.lock:
            shared.tally.count += 1
    said.send({proxy._id for proxy in mine})
    assert go.wait(4 * TIMEOUT)
    assert [proxy[:] for proxy in mine] == [[n] for n in range(held)]


def make(manager, shared, held, rng):
    held.append(manager.list(range(rng.randrange(10))))


def drop(manager, shared, held, rng):
    del held[: rng.randrange(3)]


def nest(manager, shared, held, rng):
    inner = manager.list([1])
    rng.choice([shared.nest, manager.list()]).append(inner)


def iterate(manager, shared, held, rng):
    assert sorted(manager.dict(a=1, b=2)) == ["a", "b"]


def large(manager, shared, held, rng):
    block = manager.list([bytes(rng.randrange(2**20))])
    assert not any(block[0])


def copy(manager, shared, held, rng):
    held.append(manager.list([2]))
    held.append(pickle.loads(pickle.dumps(held[-1])))


def fail(manager, shared, held, rng):
    with contextlib.suppress(IndexError):
        manager.list().pop()


def wait_for_event(manager, shared, held, rng):
    """Not before the victims are dead: this is where some of them die."""
    shared.event.wait()


CHURN = [make, drop, nest, iterate, large, copy, fail]


def be_killed(server, shared, seed, last, said):
    """Do this and that until somebody kills us, saying so at each step.

    After `last` steps wait in a call, for ever.  The lock is not for us:
    who dies with it leaves it locked, as with any lock.
    """
    rng = random.Random(seed)
    current_process().authkey = server.key
    manager = server.connect()
    manager.connect()
    held = []
    for _ in range(last):
        rng.choice(CHURN)(manager, shared, held, rng)
        said.send(len(held))
    while True:
        said.send("waiting")
        wait_for_event(manager, shared, held, rng)


# --- the wire by hand ------------------------------------------------------------


def dial(server):
    """Return a socket that is connected to the server."""
    family = socket.AF_UNIX if isinstance(server.address, str) else socket.AF_INET
    s = socket.socket(family)
    s.connect(server.address)
    s.settimeout(2 * TIMEOUT)
    return s


def frame(payload):
    return struct.pack("!i", len(payload)) + payload


def receive(s, size):
    """Return up to `size` bytes, none when the server has hung up."""
    with contextlib.suppress(ConnectionError):
        return s.recv(size)
    return b""


def send(s, data):
    """Send as much as the server wants to have."""
    with contextlib.suppress(ConnectionError):
        s.sendall(data)


def read_frame(s):
    """Return the next frame's payload."""
    head = s.recv(4, socket.MSG_WAITALL)
    return s.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)


def read_all(s):
    """Return what comes until the server hangs up, which it has to."""
    told = b""
    while data := receive(s, 2**16):
        told += data
    return told


CHALLENGED = rb"\0\0\0\x3b#CHALLENGE#\{sha256\}.{40}"
REFUSED = re.compile(
    b"|".join([b"", CHALLENGED, CHALLENGED + rb"\0\0\0\x09#FAILURE#"]), re.DOTALL
)


def check_refused(s):
    """A stranger is challenged, perhaps refused, and told nothing else."""
    told = read_all(s)
    assert REFUSED.fullmatch(told), told


def answer(s, key):
    """Answer the challenge of the server."""
    challenge = read_frame(s).removeprefix(b"#CHALLENGE#")
    mac = hmac.new(key, challenge, "sha256").digest()
    send(s, frame(b"{sha256}" + mac))


def enter(server):
    """Return a socket whose peer has shown the key; any can challenge it."""
    s = dial(server)
    answer(s, server.key)
    assert read_frame(s) == b"#WELCOME#"
    challenge = b"{sha256}" + os.urandom(40)
    s.sendall(frame(b"#CHALLENGE#" + challenge))
    mac = hmac.new(server.key, challenge, "sha256").digest()
    assert read_frame(s) == b"{sha256}" + mac
    s.sendall(frame(b"#WELCOME#"))
    return s


def ask(s, *request):
    s.sendall(frame(pickle.dumps(request)))
    return pickle.loads(read_frame(s))


# --- who has no key -------------------------------------------------------------


def send_and_hang_up(server, data):
    """Say `data` and nothing more, and see what that is worth."""
    with dial(server) as s:
        send(s, data)
        with contextlib.suppress(OSError):
            s.shutdown(socket.SHUT_WR)
        check_refused(s)


def hang_up_at_once(server, rng):
    dial(server).close()


def send_garbage(server, rng):
    send_and_hang_up(server, rng.randbytes(rng.randrange(1, 3000)))


def send_part_of_an_answer(server, rng):
    whole = frame(b"{sha256}" + rng.randbytes(32))
    send_and_hang_up(server, whole[: rng.randrange(len(whole))])


LENGTHS = [257, 2**31 - 1, -2, -(2**31)]
LONG_LENGTHS = [257, 2**40, 2**62, 2**64 - 1]


def announce_too_much(server, rng):
    """The server hangs up by itself: not one byte is waited for."""
    short = struct.pack("!i", rng.choice(LENGTHS))
    long = struct.pack("!iQ", -1, rng.choice(LONG_LENGTHS))
    with dial(server) as s:
        send(s, rng.choice([short, long]))
        check_refused(s)


def answer_wrongly(server, rng):
    with dial(server) as s:
        answer(s, rng.randbytes(32))
        assert read_all(s) == frame(b"#FAILURE#")


def send_a_pickle(server, rng):
    """What is unpickled before the handshake would end the server."""
    bomb = pickle.dumps(Bomb())
    send_and_hang_up(server, frame(bomb))


class Bomb:
    def __reduce__(self):
        return os._exit, (77,)


def use_the_wrong_key(server, rng):
    try:
        minimp.connection.Client(server.address, authkey=rng.randbytes(16))
    except AuthenticationError as error:
        assert str(error) == "digest sent was rejected"
    else:
        raise AssertionError("let in with a wrong key")


def leave_in_the_middle(server, rng):
    """The key was right; then nobody is there."""
    with dial(server) as s:
        answer(s, server.key)
        if rng.random() < 0.5:
            assert read_frame(s) == b"#WELCOME#"


# --- who has the key ------------------------------------------------------------


def send_no_pickle(server, rng):
    """A frame that is not a pickle is answered, the connection goes on."""
    with enter(server) as s:
        s.sendall(frame(b"\xff" + rng.randbytes(rng.randrange(100))))
        kind, text = pickle.loads(read_frame(s))
        assert (kind, "UnpicklingError" in text) == ("#TRACEBACK", True), text
        assert ask(s, None, "dummy", (), {}) == ("#RETURN", None)


REQUESTS = [
    (),
    None,
    7,
    ("an ident", "append", (), {}),
    (None, "no function", (), {}),
    (None, "_answer", (), {}),
    (None, "create", ("no typeid",), {}),
    (None, "create", ("Barrier", -1, "x", 0, 0), {}),
    (None, "decref", ("an ident",), {}),
    (None, "incref", (["unhashable"],), {}),
    (None, "accept_connection", ("a name", "no session"), {}),
    (None, "get_methods", (None,), {}),
    (None, None, None, None),
    ([], {}, 0, 0),
]


def send_odd_requests(server, rng):
    with enter(server) as s:
        for _ in range(4):
            s.sendall(frame(pickle.dumps(rng.choice(REQUESTS))))
            kind, text = pickle.loads(read_frame(s))
            assert kind == "#TRACEBACK", (kind, text)
        assert ask(s, None, "dummy", (), {}) == ("#RETURN", None)


def send_part_of_a_request(server, rng):
    whole = frame(pickle.dumps((None, "dummy", (), {})))
    with enter(server) as s:
        s.sendall(whole[: rng.randrange(len(whole))])


def announce_too_much_with_the_key(server, rng):
    head = struct.pack("!iQ", -1, rng.choice(LONG_LENGTHS[-2:]))
    with enter(server) as s:
        send(s, rng.choice([head, struct.pack("!i", -2)]))
        assert read_all(s) == b""


def leave_without_the_reply(server, rng):
    """The reply is larger than what the socket holds."""
    with enter(server) as s:
        kind, (ident, _) = ask(s, None, "create", ("list", [bytes(2**20)]), {})
        assert kind == "#RETURN"
        assert ask(s, None, "decref", (ident,), {}) == ("#RETURN", None)
        s.sendall(frame(pickle.dumps((None, "debug_info", (), {}))) * 50)


def begin_a_session_and_leave(server, rng):
    """What was made in a session ends with it."""
    name = rng.randbytes(8).hex()
    with enter(server) as s:
        greeting = (None, "accept_connection", ("a thread", name, True), {})
        assert ask(s, *greeting) == ("#RETURN", None)
        for _ in range(3):
            assert ask(s, None, "create", ("list", [1]), {})[0] == "#RETURN"


KINDS = [
    hang_up_at_once,
    send_garbage,
    send_part_of_an_answer,
    announce_too_much,
    answer_wrongly,
    send_a_pickle,
    use_the_wrong_key,
    leave_in_the_middle,
    send_no_pickle,
    send_odd_requests,
    send_part_of_a_request,
    announce_too_much_with_the_key,
    leave_without_the_reply,
    begin_a_session_and_leave,
]


def mean_harm(server, seed, times, said):
    """Be each kind of bad peer `times` times, in a random order."""
    rng = random.Random(seed)
    kinds = KINDS * times
    rng.shuffle(kinds)
    for kind in kinds:
        kind(server, rng)
    said.send(len(kinds))


def linger(server, silent, slow, interval, said):
    """Be `silent` peers that say nothing, and `slow` ones that say one byte
    at each `interval` (seconds), until all have been sent away."""
    told = {dial(server): b"" for _ in range(silent + slow)}
    word = frame(b"{sha256}" + bytes(32))
    slow = dict.fromkeys(list(told)[silent:], 0)
    said.send("connected")
    tick = time.monotonic()
    here = set(told)
    while here:
        for s in wait(here, max(0, tick - time.monotonic())):
            data = receive(s, 1000)
            told[s] += data
            if not data:
                here.remove(s)
        if time.monotonic() >= tick:
            tick += interval
            for s in here & set(slow):
                send(s, word[slow[s] : slow[s] + 1])
                slow[s] += 1
        assert max(slow.values()) < len(word), "never sent away"
    for s, data in told.items():
        s.close()
        assert REFUSED.fullmatch(data), data
