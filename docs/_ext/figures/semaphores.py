"""A `sem_t` byte by byte, and where each implementation keeps it: read in real runs."""

import multiprocessing
import os
import textwrap
from pathlib import Path

from compare import probe
from minimp import Lock

from .players import Player, Stepped, until_asleep

MIXED = Path(__file__).with_name("mixed_methods.py")


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
    view = lock._semlock._wrapper.create_memoryview()
    rows, rest = [], bytes(view[8:])

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
    used = spaced(rest.rstrip(bytes(1)))
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


def mixed() -> str:
    """What a lock made under fork says to a child under spawn, on both sides."""
    runs = {"CPython": "cpython", "minimp": "minimp"}
    parts = []
    for who, impl in runs.items():
        run = probe.run(str(MIXED), impl, "fork")
        if run.failure:
            raise RuntimeError(f"mixed_methods, {impl}: {run.failure}\n{run.stderr}")
        text = textwrap.fill(run.stdout, 80)
        parts.append(f"{who}:\n\n```text\n{text}\n```")
    return "\n\n".join(parts)
