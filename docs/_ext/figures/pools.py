"""How tasks go through a Pool, and what a killed worker takes along: from real runs."""

from compare import probe
from compare.markup import table

from ..lanes import Table
from . import programs

WORDS = {"": "", "done": "done", "TimeoutError": "waits for ever"}


def rows(name, impl):
    """What figures/*name*.py prints under one implementation."""
    text = programs.printed(name, impl)
    return [tuple(line.split("\t")) for line in text.splitlines()]


@programs.ahead
def way() -> Table:
    """Two tasks on their way through CPython's Pool of one worker."""
    header = ("The pool's process", "calls", "in", "out", "The worker")
    shown, last = [], ("0",) * 3
    for here, *values, there in rows("way_of_a_task", "cpython"):
        pairs = zip(values, last, strict=True)
        cells = [new if new == old else f"**{new}**" for new, old in pairs]
        shown.append((here, *cells, there))
        last = values
    return Table("Two tasks, one worker, under CPython", header, shown)


@programs.ahead
def killed() -> str:
    """What came of a killed worker's task, and of the next one, as a table."""
    found = zip(*(rows("worker_killed", impl) for impl in probe.MODULES), strict=True)
    lines = []
    for theirs, ours in found:
        when = theirs[0].replace("_", " ")
        for which, *cells in zip(
            ("its own", "the next"), theirs[1:], ours[1:], strict=True
        ):
            if any(cells):
                shown = [WORDS.get(cell, f"`{cell}`") for cell in cells]
                lines.append([when, which, *shown])
                when = ""
    head = ["a worker is killed while it", "task", "CPython", "minimp"]
    return table(head, "|:--|:--|:--|:--|", lines)


@programs.ahead
def lost() -> str:
    """What minimp says of two tasks whose workers have ended."""
    return programs.block(programs.alone("lost_task", "minimp"))


def chunks() -> str:
    """How `map` divides 100 objects for 4 workers."""
    size = -(-100 // (4 * 4))
    return f"{-(-100 // size)} chunks of {size} or fewer"
