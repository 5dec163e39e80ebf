"""The handshake as it passes, who speaks it how, and how strangers fare."""

import contextlib
import hmac
import itertools
import multiprocessing.connection
import os
import re
import socket
import subprocess
import threading
import timeit
from concurrent.futures import ThreadPoolExecutor

import minimp.connection
from compare import interpreters

from ..lanes import Table
from . import programs
from .costs import rounded
from .messages import MODULES

KEY = b"a key"
TIMEOUT = 30  # seconds
OLDEST = (3, 8)

# --- the frames


def _recorder(frames):
    """A class of connections that write down what they send."""

    class Recorder(minimp.connection.Connection):
        def send_bytes(self, buf):
            frames.append(bytes(buf))
            super().send_bytes(buf)

    return Recorder


def recorded() -> list:
    """The frames of one handshake, the listener's and the client's by turns."""
    frames = []
    end = _recorder(frames)
    listener, client = (end(s.detach()) for s in socket.socketpair())
    with listener, client:
        asks = minimp.connection.authenticate_client, listener, KEY
        with _thread(*asks):
            minimp.connection.authenticate_server(client, KEY)
    return frames


@contextlib.contextmanager
def _thread(target, *args):
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    yield thread
    thread.join(TIMEOUT)


def conversation() -> Table:
    """The same as lanes; the listener is on the left."""
    asked, answered, told, asked_back, answered_back, told_back = recorded()
    for challenge, answer, last in (
        (asked, answered, told),
        (asked_back, answered_back, told_back),
    ):
        message = challenge.removeprefix(b"#CHALLENGE#")
        mac = hmac.new(KEY, message, "sha256").digest()
        if (answer, last) != (b"{sha256}" + mac, b"#WELCOME#"):
            raise RuntimeError("the handshake is not as the page tells it")
    draws = "draws random bytes"
    computes = "computes the {term}`MAC` of all from `{` on"
    checks = "computes it too, and compares"
    rows = [
        (draws, f"→ {_shown(asked)}", ""),
        ("", f"← {_shown(answered)}", computes),
        (checks, f"→ {_shown(told)}", ""),
        ("", f"← {_shown(asked_back)}", draws),
        (computes, f"→ {_shown(answered_back)}", ""),
        ("", f"← {_shown(told_back)}", checks),
    ]
    return Table("", ("listener", "frames", "client"), rows)


def _shown(frame) -> str:
    """A frame's words in code, and the beginning of what stands behind them."""
    words, rest = re.fullmatch(rb"((?:#[A-Z]+#)?(?:{\w+})?)(.*)", frame, re.S).groups()
    words = words.decode()
    if not rest:
        return f"`{words}`"
    return f"`{words}` `{rest[:4].hex(' ')} …` ({len(rest)} bytes)"


# --- which Python says what

SCRIPT = """
import sys
from multiprocessing.connection import answer_challenge, deliver_challenge

class Ends(Exception):
    pass

class Wire:
    def __init__(self, *frames):
        self.frames = iter(frames)

    def recv_bytes(self, maxlength):
        for frame in self.frames:
            return frame
        raise Ends

    def send_bytes(self, frame):
        print(frame.hex())

def on(wire, speak):
    try:
        speak(wire, b"a key")
    except Ends:
        pass

on(Wire(), deliver_challenge)
for challenge in sys.argv[1:]:
    on(Wire(bytes.fromhex(challenge)), answer_challenge)
"""
DIGESTS = {"md5": "MD5", "sha256": "SHA-256"}
OLD, NEW = bytes(range(20)), b"{sha256}" + bytes(range(40))


def versions() -> str:
    """What each Python on this machine sends, as Markdown."""
    found = sorted(interpreters.at_hand(OLDEST).items())
    names = [f"{major}.{minor}" for (major, minor), _ in found]
    with ThreadPoolExecutor() as pool:
        said = dict(zip(names, pool.map(_said, dict(found).values()), strict=True))
    lines = ["| | its challenge | answers an old one | answers a new one |"]
    lines.append("|:--|:--|:--|:--|")
    for cells, names in itertools.groupby(said, said.get):
        lines.append(f"| CPython {', '.join(names)} | {' | '.join(cells)} |")
    lines.append(f"| minimp | {' | '.join(_said_by_minimp())} |")
    return "\n".join(lines)


def _said(python):
    challenges = [(b"#CHALLENGE#" + message).hex() for message in (OLD, NEW)]
    done = subprocess.run(
        [python, "-c", SCRIPT, *challenges],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    return _in_words(*map(bytes.fromhex, done.stdout.split()))


def _said_by_minimp():
    ours, peer = minimp.connection.Pipe()
    peer.close()
    frames = []
    connection = _recorder(frames)(os.dup(ours.fileno()))
    with ours, connection, contextlib.suppress(OSError):
        minimp.connection.deliver_challenge(connection, KEY)
    answers = [minimp.connection._create_response(KEY, one) for one in (OLD, NEW)]
    return _in_words(frames[0], *answers)


def _in_words(challenge, *answers):
    """The cells of a row."""
    random = challenge.removeprefix(b"#CHALLENGE#")
    cells = [_count(random, "random bytes")]
    for message, answer in zip((OLD, NEW), answers, strict=True):
        digest = "md5" if len(answer) == 16 else "sha256"
        mac = hmac.new(KEY, message, digest).digest()
        if not answer.endswith(mac):
            raise RuntimeError(f"not the {digest} of {message}: {answer}")
        cells.append(_count(answer, f"bytes of {DIGESTS[digest]}"))
    return tuple(cells)


def _count(data, what):
    name, rest = re.fullmatch(rb"({\w+})?(.*)", data, re.S).groups()
    return f"`{name.decode()}`, {len(rest)} {what}" if name else f"{len(rest)} {what}"


def guesses() -> str:
    """How many keys a second can be tried on an overheard answer."""
    call = timeit.Timer(lambda: minimp.connection._create_response(KEY, NEW))
    return rounded(1000 / min(call.repeat(5, 1000)))


# --- strangers


def visitors() -> str:
    """What becomes of a call of `accept`, as Markdown, by who comes first."""
    lines = ["| the first client | CPython | minimp |", "|:--|:--|:--|"]
    for label, visit in VISITS.items():
        cells = " | ".join(_accepted(module, visit) for module in MODULES.values())
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


def _wrong_key(address):
    with contextlib.suppress(multiprocessing.AuthenticationError):
        minimp.connection.Client(address, authkey=b"another key")


def _look(address):
    _silent(address).close()


def _silent(address):
    s = socket.socket(socket.AF_UNIX)
    s.connect(address)
    return s


VISITS = {
    "has another key": _wrong_key,
    "connects and hangs up, as a port scanner does": _look,
    "connects and says nothing": _silent,
}
NEXT = "returns the next client"
PATIENCE = 0.5  # seconds that one waits to see whether something happens


def _accepted(module, visit):
    """What `accept` does while a stranger comes, and then a client with the key."""
    said = []
    with module.Listener(backlog=5, authkey=KEY) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, said), daemon=True)
        accepting.start()
        stranger = visit(listener.address)
        good = module.Client, listener.address, None, KEY
        with _thread(*good):
            accepting.join(PATIENCE)
            found = said[0] if said else "waits, and all others wait too"
            if stranger is not None:
                stranger.close()
            accepting.join(TIMEOUT)
            while said[-1] != NEXT:
                _accept(listener, said)
    return found


def _accept(listener, said):
    try:
        listener.accept().close()
    except (OSError, EOFError, multiprocessing.AuthenticationError) as error:
        said.append(f"raises `{type(error).__name__}`")
    else:
        said.append(NEXT)


@programs.ahead
def strangers() -> str:
    """What a manager sends to who has no key, as Markdown."""
    lines = ["| | the stranger receives |", "|:--|:--|"]
    for name, impl in (("CPython", "cpython"), ("minimp", "minimp")):
        frames = programs.printed("stranger", impl).splitlines()
        cell = ", then ".join(frames)
        lines.append(f"| {name} | {cell} |")
    return "\n".join(lines)
