"""What becomes of a Value in a parent and a child: its life, and a lost owner."""

import functools
import json
import platform

from ..lanes import Table
from . import programs
from .one_life import START

NAMES = {"cpython": f"CPython {platform.python_version()}", "minimp": "minimp"}


@functools.cache
def lived(method):
    """The life under *method*, once: the number's place and the rows."""
    return json.loads(programs.alone("one_life", "minimp", method))


def unbroken(text):
    """*text* that may be broken into lines in its middle only: '07 00', '00 00'."""
    half = len(text) // 2
    return "".join(
        "\N{NO-BREAK SPACE}" if letter == " " and i != half else letter
        for i, letter in enumerate(text)
    )


def lanes(method, caption, first="", last=""):
    """The rows from the one that begins with *first* to the one with *last*."""
    (start, stop), rows = lived(method)
    begins = [text.startswith(first) for _, text, _ in rows].index(True)
    ends = [text.startswith(last or rows[-1][1]) for _, text, _ in rows].index(True)
    found, before = [], ""
    for who, text, shared in rows[begins : ends + 1]:
        shown = f"`{unbroken(shared)}`" if shared else ""
        changed = before and shared and shared != before
        shown = f"**{shown}**" if changed else shown
        found.append((text, shown, "") if who == "parent" else ("", shown, text))
        before = shared
    return Table(caption, ("Parent", f"bytes {start} to {stop - 1}", "Child"), found)


@programs.ahead
def forked():
    """From the first byte to the last, the child being forked."""
    return lanes("fork", "A Value's life; the child is forked")


@programs.ahead
def spawned():
    """The middle of the same life, the child being spawned."""
    caption = "The same Value on its way to a child that is spawned"
    return lanes("spawn", caption, START["spawn"], "ends")


@programs.ahead
def dropped():
    """What a child finds of a Value that its parent has dropped, as a table; where it
    fails, the last line it wrote."""
    methods = "fork", "spawn"
    lines = ["| the child prints | " + " | ".join(methods) + " |", "|:--|:--|:--|"]
    for impl, name in NAMES.items():
        runs = [programs.run("dropped_value", impl, method) for method in methods]
        said = [(run.stdout or run.stderr).splitlines()[-1] for run in runs]
        cells = " | ".join(f"`{line}`" for line in said)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)
