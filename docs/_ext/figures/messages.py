"""Frames as they pass, and what it costs to send an object."""

import contextlib
import multiprocessing.connection
import os
import pickletools
import threading
import tracemalloc
from functools import cache

import minimp.connection

from . import programs
from .costs import ratios

MODULES = {"CPython": multiprocessing.connection, "minimp": minimp.connection}
PROGRAMS = {"CPython": "cpython", "minimp": "minimp"}

# --- the bytes


class Claimed:
    """A buffer of which only the length is looked at."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size


def sent(method, argument) -> bytes:
    """What a connection writes, the same on both sides; nothing for a Claimed."""
    found = {
        b"".join(_written(module, method, argument)) for module in MODULES.values()
    }
    if len(found) != 1:
        raise RuntimeError(f"{method} writes different bytes on the two sides")
    return found.pop()


def _written(module, method, argument):
    """The buffers that a connection of *module* would write."""
    buffers = []

    class Recorder(module.Connection):
        def _send(self, buf):
            buffers.append(buf)

    with Recorder(os.open(os.devnull, os.O_WRONLY)) as connection:
        getattr(connection, method)(argument)
    return [bytes(buf) for buf in buffers if not isinstance(buf, Claimed)]


def in_hex(data) -> str:
    """*data* as `00 1f`, in code; nothing for no data."""
    return f"`{data.hex(' ')}`" if data else ""


LONG = 3_000_000_000


def frames() -> str:
    """Some frames as Markdown: what was called, the length, and what follows."""
    lines = ["| call | length | payload |", "|:--|:--|:--|"]
    for call, method, argument in (
        ('`send_bytes(b"")`', "send_bytes", b""),
        ('`send_bytes(b"hi")`', "send_bytes", b"hi"),
        ("`send(None)`", "send", None),
        ("`send(7)`", "send", 7),
    ):
        data = sent(method, argument)
        lines.append(f"| {call} | {in_hex(data[:4])} | {in_hex(data[4:])} |")
    length = in_hex(sent("_send_bytes", Claimed(LONG)))
    lines.append(f"| `send_bytes` of {LONG:,} bytes | {length} | the bytes |")
    return "\n".join(lines)


MEANING = {
    "PROTO": "a pickle begins, of version {}",
    "FRAME": "the pickle's own count: {} bytes of it follow",
    "SHORT_BINUNICODE": "put the text `{!r}` on the stack",
    "MEMOIZE": "remember what is on top, in case it comes again",
    "BININT1": "put the number {} on the stack",
    "TUPLE2": "make a tuple of the two things on top",
    "STOP": "return what is on top",
}
MESSAGE = ("append", 7)


def one_frame() -> str:
    """The frame of MESSAGE, piece by piece, as Markdown."""
    data = sent("send", MESSAGE)
    payload = data[4:]
    lines = ["| bytes | what they say |", "|:--|:--|"]
    lines.append(f"| {in_hex(data[:4])} | a message of {len(payload)} bytes follows |")
    found = list(pickletools.genops(payload))
    ends = [at for _, _, at in found[1:]] + [len(payload)]
    for (opcode, argument, at), end in zip(found, ends, strict=True):
        says = MEANING[opcode.name].format(argument)
        lines.append(f"| {in_hex(payload[at:end])} | {says} |")
    return "\n".join(lines)


# --- what it costs


SIZE = 10_000_000  # bytes


def memory() -> str:
    """How much memory a large bytes object takes on the way, as Markdown."""
    lines = ["| | CPython | minimp |", "|:--|--:|--:|"]
    data = bytes(SIZE)
    for label, measure in (("`send`", _peak_of_send), ("`recv`", _peak_of_recv)):
        cells = [f"{measure(one, data) / SIZE:.1f}" for one in MODULES.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _peak_of_send(module, data):
    a, b = module.Pipe()
    with a, b, _thread(_drain, b.fileno(), len(data)):
        return _peak(lambda: a.send(data))


def _peak_of_recv(module, data):
    a, b = module.Pipe()
    frame = memoryview(sent("send", data))
    with a, b, _thread(_fill, a.fileno(), frame):
        return _peak(b.recv)


def _peak(call):
    """The most bytes that *call* had allocated at one moment."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def _thread(target, *args):
    thread = threading.Thread(target=target, args=args)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _drain(fd, size):
    """Read at least *size* bytes, without memory for them."""
    buffer = [bytearray(2**16)]
    while size > 0:
        size -= os.readv(fd, buffer)


def _fill(fd, data):
    while data:
        data = data[os.write(fd, data) :]


def times() -> str:
    """What each message costs, there and back, as Markdown."""
    columns = [_times(impl) for impl in PROGRAMS.values()]
    lines = ["| there and back | CPython | minimp |", "|:--|--:|--:|"]
    for label in columns[0]:
        cells = " | ".join(_readable(column[label]) for column in columns)
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


@cache
def _times(impl):
    """Message -> seconds, the least of the rounds of `echo_times`."""
    lines = programs.alone("echo_times", impl).splitlines()
    return {
        label: float(seconds) for seconds, label in (one.split("\t") for one in lines)
    }


def _readable(seconds):
    value, unit = (seconds * 1e6, "µs") if seconds < 1e-3 else (seconds * 1e3, "ms")
    return f"{float(f'{value:.2g}'):g} {unit}"


REQUEST = (None, "append", (7,), {})


def dumps_ratio() -> str:
    """How much longer CPython takes to pickle a short message."""
    names = {
        "theirs": multiprocessing.reduction.ForkingPickler.dumps,
        "ours": minimp.connection.dumps,
        "request": REQUEST,
    }
    found = ratios(["theirs(request)", "ours(request)"], names, reference=1)
    return f"{found[0]:.1f}"


def room() -> str:
    """How many bytes a pipe takes before a write has to wait."""
    a, b = minimp.connection.Pipe()
    with a, b:
        os.set_blocking(a.fileno(), False)
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                count += os.write(a.fileno(), bytes(2**14))
    return f"{count // 1000:,}"
