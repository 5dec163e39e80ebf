"""Keeps what was measured, and shows it on the site, which measures nothing itself.

`python -m compare bench --record` measures all operations and curves, with all peers,
and writes bench.json: for each side the seconds of every round, so that a reader can
ask them something else than we do.
"""

import json
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from compare import machine, probe
from compare.bench import growth, plots, table
from compare.bench.measuring import ROUNDS, Figures, interpreter, measure
from compare.bench.operations import LIMIT, OPERATIONS, PEERS, PLACES

FILE = Path(__file__).parent.with_name("bench.json")
COMMAND = "python -m compare bench --record"
TIME = 360  # seconds for all of it
QUIET = 0.5  # a load from which on others disturb
BUSY = ": other programs ran beside it, so look at the spread first"
AGAIN = f"`{COMMAND}` measures anew"


class Record(NamedTuple):
    """What was measured: {place: [Figures]}, {curve's name: {n: Figures}}, and where.

    `where` has the machine and the day in words, and the versions of the peers.
    """

    where: dict
    tables: dict
    curves: dict


def steps():
    """Return all that is measured, as (Operation, place, rounds)."""
    for place in PLACES:
        for operation in OPERATIONS:
            if place in operation.places:
                yield operation, place, ROUNDS
    for curve in growth.CURVES:
        for operation in curve.operations:
            yield operation, curve.place, growth.ROUNDS


def make(python, progress):
    """Measure everything and write the file; return the seconds that it took.

    LookupError if a peer is not installed, RuntimeError if an operation fails twice, or
    if time runs out; the file then stays as it was. `progress` is told each step.
    """
    found = interpreter(python)
    missing = [peer for peer in PEERS if peer not in found.peers]
    if missing:
        raise LookupError(f"not installed: {', '.join(missing)} (extra `bench`)")
    began = time.monotonic()
    where, until, measured = _where(found), began + TIME, {}
    todo = [*steps()]
    for number, (operation, place, rounds) in enumerate(todo, 1):
        progress(f"{number}/{len(todo)} {place}: {operation.work.title}")
        figures = _measured(operation, place, rounds, python, until)
        measured.setdefault(place, {})[operation.name] = _entry(figures)
    where["seconds"] = round(time.monotonic() - began)
    _write({"where": where, "measured": measured})
    return where["seconds"]


def _measured(operation, place, rounds, python, until):
    """Measure, and once again if it fails: others use the machine too."""
    try:
        return measure(operation, place, rounds, python, PEERS, until)
    except RuntimeError:
        if time.monotonic() >= until:
            raise RuntimeError(f"it did not end within {TIME} seconds") from None
        return measure(operation, place, rounds, python, PEERS, until)


def _where(found):
    """Return the machine and the day in words, before anything is measured."""
    return machine.stamp("bench --record") | {
        "python": f"CPython {found.version}",
        "peers": found.peers,
        "load": round(os.getloadavg()[0], 1),
    }


def _entry(figures):
    """Return what the file keeps of an operation."""
    return {
        "statement": figures.operation.work.statement,
        "seconds": {
            side: [float(f"{each:.4g}") for each in seconds]
            for side, seconds in figures.seconds.items()
        },
    }


def _write(told):
    """Write the file, one side a line; all of it or nothing."""
    text = json.dumps(told, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[^\[\]]*\]", lambda found: " ".join(found[0].split()), text)
    new = FILE.with_suffix(".new")
    new.write_text(f"{text}\n", "utf-8")
    new.replace(FILE)


def load():
    """Return the Record in the file; LookupError if it is not of this code."""
    told = json.loads(FILE.read_text("utf-8"))
    figures = {}
    for operation, place, _ in steps():
        kept = told["measured"].get(place, {}).get(operation.name)
        if kept is None or kept["statement"] != operation.work.statement:
            raise LookupError(f"{operation.name}, {place}: not in the record; {AGAIN}")
        figures[place, operation.name] = Figures(operation, kept["seconds"])
    tables = {
        place: [figures[place, one.name] for one in OPERATIONS if place in one.places]
        for place in PLACES
    }
    curves = {
        curve.name: {n: figures[curve.place, curve.at(n).name] for n in curve.points}
        for curve in growth.CURVES
    }
    return Record(told["where"], tables, curves)


# --- for the site


def _page(function):
    """Have a page read anew when the record changes."""
    function.reads = (FILE,)
    return function


@_page
def about():
    """Return where and when it was measured, as Markdown."""
    where = load().where
    busy = BUSY if where["load"] >= QUIET else ""
    return (
        f"{machine.words(where)} It took {where['seconds']} seconds."
        f" Before it began, the load of the machine was {where['load']}{busy}."
    )


@_page
def ratios():
    """Return the ratios as a picture."""
    return _figures([(plots.ratios_svg(load().tables), RATIOS)])


RATIOS = (
    "How many times as fast as CPython minimp is."
    " A full dot: pinned to one core; a hollow one: free."
    " The line leads from one quartile of the rounds' ratios to the other."
)


@_page
def pinned():
    """Return the table of what was measured on one core, as Markdown."""
    return _table("pinned")


@_page
def free():
    """Return the table of what was measured on all cores, as Markdown."""
    return _table("free")


def _table(place):
    """Return a table as Markdown: a limit stands in the row of its operation."""
    cells = [["name", "operation", *table.HEAD, *PEERS]]
    for one in load().tables[place]:
        name, work, limit, *_ = one.operation
        title = f"{work.title}<br>*limit: {limit.title}*" if limit else work.title
        times = table.times(one, [*probe.MODULES, LIMIT])
        others = table.times(one, PEERS)
        cells.append([f"`{name}`", title, *times, *table.ratio(one), *others])
    return _measured_table(table.as_markdown(cells, table.TEXTS))


def _measured_table(text):
    """Return a Markdown table whose cells stay on one line; it scrolls if it must."""
    return f":::{{container}} measured\n\n{text}\n:::"


@_page
def curves():
    """Return how cost grows: a picture and a table for each curve, as Markdown."""
    record = load()
    pictures, tables = [], []
    for curve in growth.CURVES:
        points = record.curves[curve.name]
        place = "on one core" if curve.place == "pinned" else "on all cores"
        limit = curve.operations[0].limit
        dashed = f" Dashed: {limit.title}." if limit else ""
        caption = f"{curve.title}, {place}.{dashed}"
        pictures.append((plots.svg(curve, points), caption))
        tables.append(f"<details><summary>{curve.title}: the medians</summary>")
        cells = table.curve_rows(curve, points)
        tables.append(_measured_table(table.as_markdown(cells)))
        tables.append("</details>")
    return "\n\n".join([_figures(pictures), *tables])


@_page
def peers():
    """Return what the peers are and how they were set, as Markdown."""
    versions = load().where["peers"]
    return "\n".join(f"- {peer} {versions[peer]}: {PEERS[peer].how}." for peer in PEERS)


def rounds():
    """Return how many rounds an operation has, and a point of a curve."""
    return f"{ROUNDS} rounds, a point of a curve in {growth.ROUNDS}"


def _figures(pictures):
    """Return SVGs with their captions as a block of HTML."""
    parts = [
        f'<figure class="plot">{svg}<figcaption>{caption}</figcaption></figure>'
        for svg, caption in pictures
    ]
    return f'<div class="plots">{"".join(parts)}</div>'
