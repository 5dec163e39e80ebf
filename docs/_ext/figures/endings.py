"""How processes end, and who learns of it."""

from compare.probe import NAMES

from ..lanes import Table
from . import left_behind as program_left_behind
from . import programs, starts

# --- ways to end


HEARD = {"finally": "`finally`", "Finalize": "finalizers", "atexit": "`atexit`"}


@programs.ahead
def ways() -> str:
    """What each way to end leaves undone, as Markdown."""
    sides = [rows_of(impl) for impl in NAMES]
    if [row[:2] for row in sides[0]] != [row[:2] for row in sides[1]]:
        raise RuntimeError("the exit codes differ")
    lines = [
        f"| how it ends | exit code | {' | '.join(HEARD.values())} | printed |",
        "|:--|--:|:--|:--|:--|:--|",
    ]
    for theirs, ours in zip(*sides, strict=True):
        way, code, *_ = ours
        cells = [both(word in theirs, word in ours) for word in [*HEARD, "printed"]]
        lines.append(f"| {way} | {code} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows_of(impl):
    """The way, the exit code, and what was heard, in a list for each."""
    found = []
    for line in programs.printed("ways_to_end", impl).splitlines():
        way, *rest = line.split("\t")
        code = next(word for word in rest if word.lstrip("-").isdigit())
        found.append([way, code, *rest])
    return found


def both(theirs, ours):
    """'yes', 'no', or who alone."""
    if theirs == ours:
        return "yes" if ours else "no"
    return f"only {NAMES['cpython' if theirs else 'minimp']}"


# --- the last moments


STATES = {"": "**gone**", "Z": "**zombie**"}


@programs.ahead
def watched() -> Table:
    """What a child does last, and what its parent sees, with the system's word."""
    rows = []
    for row in starts.watched("end"):
        if "state" in row:
            state = STATES.get(row["state"], "runs")
            text = row["text"]
            parent = row["who"] == "parent"
            rows.append((text, state, "") if parent else ("", state, text))
    return Table("The end of a child", ("Parent", "system says", "Child"), rows)


# --- who learns of it


@programs.ahead
def left_behind() -> str:
    """What a parent sees of a child that left a process behind, as Markdown."""
    lines = ["| the child has ended | CPython | minimp |", "|:--|:--|:--|"]
    sides = [programs.printed("left_behind", impl).splitlines() for impl in NAMES]
    seen, waited = zip(*sides, strict=True)
    says = {"True": "yes", "False": "no"}
    takes = {"True": f"{limit()} seconds", "False": "no time"}
    lines.append(f"| the sentinel says so | {' | '.join(says[w] for w in seen)} |")
    call = f"`join({limit()})` takes"
    lines.append(f"| {call} | {' | '.join(takes[w] for w in waited)} |")
    return "\n".join(lines)


def limit() -> str:
    return str(program_left_behind.LIMIT)


@programs.ahead
def reaped() -> str:
    """What a parent sees of a child that the system has reaped, as Markdown."""
    lines = ["| the child has exited with 3 | CPython | minimp |", "|:--|:--|:--|"]
    sides = [programs.printed("reaped_by_others", impl).split() for impl in NAMES]
    asked = "`exitcode`", "`is_alive()`", "in `active_children()`"
    for what, *cells in zip(asked, *sides, strict=True):
        lines.append(f"| {what} | {' | '.join(f'`{cell}`' for cell in cells)} |")
    return "\n".join(lines)
