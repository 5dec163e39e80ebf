"""A `sem_t` byte by byte, and where each implementation keeps it: read in real runs."""

import ctypes
import multiprocessing
import os
import re
import textwrap
from concurrent.futures import ThreadPoolExecutor

from compare import probe
from minimp import Lock

from . import programs
from .players import Player, Stepped, until_asleep


def once(pipe, lock):
    """The script of a process that takes the lock and gives it back."""
    stepped = Stepped("lock", lock, pipe)
    stepped.acquire()
    stepped.release()


def spaced(octets) -> str:
    """*octets* in hexadecimal, with spaces at which no line breaks."""
    return bytes(octets).hex(" ").replace(" ", "\N{NO-BREAK SPACE}")


def octets() -> str:
    """The 32 bytes of a lock's semaphore: a table of moments, and what stays."""
    lock = Lock()
    view = (ctypes.c_char * 32).from_address(lock._semlock.handle)
    rows, rest = [], view[8:]

    def note(moment):
        value, sleepers = (spaced(view[start : start + 4]) for start in (0, 4))
        rows.append(f"| {moment} | `{value}` | `{sleepers}` |")
        if view[8:] != rest:
            raise RuntimeError("a figure's semaphore is not laid out as in glibc")

    note("a new `Lock()`")
    with Player(once, lock) as b:
        lock.acquire()
        note("A has acquired it")
        b.start("lock.acquire")
        until_asleep(lock)
        note("B sleeps in `acquire`")
        b.freeze()
        lock.release()
        note("A has released it, B has not yet run")
        b.thaw()
        b.hear()
        note("B has woken, and has it")
        b.do("lock.release")
        note("B has released it")
    head = "| moment | bytes 0–3: value | 4–7: sleepers |"
    used = spaced(rest.rstrip(b"\0"))
    after = f"Bytes 8 to 31 stay as they are: `{used}`, and zeros."
    return "\n".join([head, "|:--|:-:|:-:|", *rows, "", after])


def mapping(address):
    """The name of the file that is mapped at *address*."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, _, _, _, _, *name = line.split(maxsplit=5)
            start, stop = (int(part, 16) for part in span.split("-"))
            if start <= address < stop:
                return "".join(name).strip().removesuffix(" (deleted)")
    raise RuntimeError("a figure's lock is not mapped")


def places() -> str:
    """Where the `sem_t` of three locks is, for each implementation, as a table."""
    makers = {
        f"CPython, {m}": multiprocessing.get_context(m) for m in ("fork", "spawn")
    }
    head = "| three locks of | names in /dev/shm | mapped files |"
    rows = [head, "|:--|:--|:--|"]
    for who, make in [*((w, c.Lock) for w, c in makers.items()), ("minimp", Lock)]:
        locks = [make() for _ in range(3)]
        names = [lock._semlock.name for lock in locks]
        found = dict.fromkeys(mapping(lock._semlock.handle) for lock in locks)
        named = [f"sem.{n[1:]}" for n in names if n]
        if any(not os.path.exists(f"/dev/shm/{name}") for name in named):
            raise RuntimeError("a figure's lock has another name in /dev/shm")
        files = "<br>".join(f"`{name.removeprefix('/dev/shm/')}`" for name in found)
        listed = "<br>".join(f"`{name}`" for name in named) or "none"
        rows.append(f"| {who} | {listed} | {files} |")
    return "\n".join(rows)


@programs.ahead
def mixed() -> str:
    """What a lock made under fork says to a child under spawn, on both sides."""
    parts = []
    for who, impl in {"CPython": "cpython", "minimp": "minimp"}.items():
        text = textwrap.fill(programs.printed("mixed_methods", impl), 80)
        parts.append(f"{who}:\n\n{programs.block(text)}")
    return "\n\n".join(parts)


@programs.ahead
def global_locks() -> str:
    """What a child gets of its parent's global locks, for each start method."""
    rows = ["| a lock made | in `main` | at the top of the module |", "|:--|:--|:--|"]
    with ThreadPoolExecutor(len(probe.START_METHODS)) as pool:
        for method, lines in zip(
            probe.START_METHODS, pool.map(asked, probe.START_METHODS), strict=True
        ):
            rows.append(f"| under {method}, the child | {' | '.join(lines)} |")
    return "\n".join(rows)


def asked(method: str) -> list[str]:
    """What the child of `global_locks` prints; RuntimeError unless both agree."""
    runs = [programs.run("global_locks", impl, method) for impl in probe.MODULES]
    theirs, ours = ((run.status, run.stdout) for run in runs)  # it may warn: `leaked`
    if theirs != ours or ours[0] != 0:
        raise RuntimeError(f"global_locks, {method}: {theirs}, {ours}")
    return ours[1].splitlines()


@programs.ahead
def leaked() -> str:
    """What is said of a lock of a process that was killed under spawn."""
    theirs, ours = (programs.run("leaked_lock", i, "spawn") for i in probe.MODULES)
    for run in (theirs, ours):
        if run.failure != "ended by SIGKILL":
            raise RuntimeError(f"leaked_lock: {run.failure}\n{run.stderr}")
    if ours.stderr:
        raise RuntimeError(f"minimp leaks: {ours.stderr}")
    text = re.sub(r"(?m)^/.*/(?=multiprocessing/)", ".../", theirs.stderr)
    return programs.block("\n".join(map(wrapped, text.splitlines())))


def wrapped(line: str) -> str:
    """*line*, broken where it is longer than a block of code."""
    return textwrap.fill(line, 80, subsequent_indent="  ", break_on_hyphens=False)
