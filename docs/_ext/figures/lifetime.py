"""When managed objects die: who refers to them, and what becomes of them."""

from compare.probe import NAMES

from ..lanes import Table
from . import nested_memory, programs

HEADER = ("Main process", "CPython", "minimp", "Child")


@programs.ahead
def figure() -> Table:
    """One list under both implementations: who acts, and the references counted."""
    runs = [programs.printed("one_list", impl).splitlines() for impl in NAMES]
    rows, before = [], [None, None]
    for lines in zip(*runs, strict=True):
        (who, text, _), (_, other, _) = found = [line.split("\t") for line in lines]
        if text != other:
            raise RuntimeError(f"the runs differ: {text}, {other}")
        counts = [count for _, _, count in found]
        cells = [
            count if count == old or old is None else f"**{count}**"
            for count, old in zip(counts, before, strict=True)
        ]
        rows.append((text, *cells, "") if who == "main" else ("", *cells, text))
        before = counts
    caption = "The references to one list, as each server counts them"
    return Table(caption, HEADER, rows)


@programs.ahead
def nested() -> str:
    """What is left in the server of large lists that are gone, as Markdown."""
    lines = [
        "| | MB before | MB after | objects that it counts |",
        "|:--|--:|--:|--:|",
    ]
    for impl, name in NAMES.items():
        cells = " | ".join(programs.printed("nested_memory", impl).split())
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def times() -> str:
    return str(nested_memory.TIMES)


@programs.ahead
def in_flight() -> str:
    """What a proxy finds whose list is gone, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(shown(impl))}"
        for impl, name in NAMES.items()
    )


def shown(impl) -> str:
    """The errors; long lines in two."""
    text = programs.printed("in_flight", impl, "spawn")
    return text.replace("RemoteError: ", "RemoteError:\n  ")
