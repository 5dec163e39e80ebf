"""A child that keeps a block its parent has dropped: a program, and what it shows.

`main` runs under both implementations and prints what lies at the start of the arena
after each step; `table` runs it and puts both beside each other. It cannot be one of
`compare/programs`, since its outcome differs: CPython issue 110660.
"""

import ctypes
import importlib
from collections.abc import Iterator

from compare import probe

STARTS = (0, 8, 16)  # of the first three blocks, in bytes
DOT = "\N{NO-BREAK SPACE}·\N{NO-BREAK SPACE}"


def change(old, go, done):
    go.wait()
    old.value = 99
    done.set()


def main(mp):
    heap = importlib.import_module(f"{mp.__name__}.heap")
    go, done = mp.Event(), mp.Event()
    heap.BufferWrapper._heap = heap.Heap()  # an empty one, so that offsets are small

    other = mp.RawValue("i", 5)  # keeps the arena
    (arena,) = heap.BufferWrapper._heap._arenas
    say('parent: `other = RawValue("i", 5)`', arena)
    child = mp.Process(target=change, args=(mp.RawValue("i", 1), go, done))
    say('parent: `Process(args=(RawValue("i", 1), ...))`', arena)
    child.start()
    say("parent: `start()`, which drops `args`", arena)
    new = mp.RawValue("i", 7)
    say('parent: `new = RawValue("i", 7)`', arena)
    go.set()
    done.wait()
    say("child: `old.value = 99`", arena)
    child.join()
    assert other.value == 5
    print("parent: `new.value`", new.value, sep="\t")


def say(step, arena):
    numbers = [ctypes.c_int.from_buffer(arena.buffer, start).value for start in STARTS]
    print(step, *numbers, sep="\t")


def table() -> str:
    """Markdown: the steps, and what they leave in the arena on either side."""
    sides = [rows_of(impl) for impl in ("cpython", "minimp")]
    lines = ["| step | CPython | minimp |", "|:--|--:|--:|"]
    for (step, *left), (_, *right) in zip(*sides, strict=True):
        lines.append(f"| {step} | {DOT.join(left)} | {DOT.join(right)} |")
    return "\n".join(lines)


def rows_of(impl: str) -> Iterator[list[str]]:
    """One run: each step, then the numbers, those that changed in bold."""
    run = probe.run(__file__, impl, "fork")
    if run.failure:
        raise RuntimeError(f"{impl}: {run.failure}\n{run.stderr}")
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    before = ["0"] * len(STARTS)
    for step, *now in rows[:-1]:
        pairs = zip(before, now, strict=True)
        yield [step, *(new if new == old else f"**{new}**" for old, new in pairs)]
        before = now
    step, outcome = rows[-1]
    yield [step, f"**{outcome}**"]
