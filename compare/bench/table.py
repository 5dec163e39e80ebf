"""Shows what was measured as tables: for a terminal, and as Markdown."""

import os
import platform

from compare import markup, probe
from compare.bench.measuring import core
from compare.bench.operations import LIMIT, PEERS

HEAD = ["CPython", "minimp", "limit", "ratio", "quartiles"]
TEXTS = (0, 1, 6)  # the columns that are no figures


def heading(place):
    """Return what the figures of a place are about, in words."""
    cores = len(os.sched_getaffinity(0))
    where = f"all on core {core()}" if place == "pinned" else f"{cores} cores"
    return f"{place}: {where}"


def plain(tables, interpreter):
    """Return {place: [Figures]} as columns for a terminal."""
    lines = []
    peers = peers_of(tables)
    for place, figures in tables.items():
        for row in [["", heading(place), *HEAD, *peers], *rows(figures, peers)]:
            main = "{:8} {:32} {:>8} {:>8} {:>8} {:>6}  {:<11}".format(*row)
            others = [
                f"{cell:>{max(8, len(peer))}}"
                for peer, cell in zip(peers, row[7:], strict=True)
            ]
            lines.append(" ".join([main, *others]).rstrip())
        lines.append("")
    return "\n".join([*lines, *notes(tables, interpreter)])


def markdown(tables, interpreter):
    """Return {place: [Figures]} as Markdown."""
    parts = []
    peers = peers_of(tables)
    for place, figures in tables.items():
        head = ["name", heading(place), *HEAD, *peers]
        parts.append(as_markdown([head, *rows(figures, peers)], TEXTS))
    return "\n\n".join([*parts, "\n".join(notes(tables, interpreter))])


def peers_of(tables):
    """Return the peers that were measured."""
    sides = {side for table in tables.values() for one in table for side in one.seconds}
    return [peer for peer in PEERS if peer in sides]


def rows(figures, peers=()):
    """Return the cells of each row, as str: a limit has a row of its own."""
    found = []
    for one in figures:
        name, work, limit, *_ = one.operation
        both, others = times(one, probe.MODULES), times(one, peers)
        found.append([name, work.title, *both, "", *ratio(one), *others])
        if limit:
            alone = duration(one.median(LIMIT))
            row = ["", f"- {limit.title}", "", "", alone, "", ""]
            found.append(row + [""] * len(peers))
    return found


def times(one, sides):
    """Return the medians of some sides as str, "" for one that was not measured."""
    return [duration(one.median(s)) if s in one.seconds else "" for s in sides]


def ratio(one):
    """Return the cells that say how many times faster minimp is, and how surely."""
    return [three_digits(one.ratio), "-".join(map(three_digits, one.quartiles))]


def notes(tables, interpreter):
    """Return what the tables need said, one sentence a line."""
    rounds = {len(one.seconds["minimp"]) for table in tables.values() for one in table}
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    yield f"CPython {interpreter.version} on {system()}."
    yield "Processes are forked, unless a row names another start method."
    yield "All sides run on that interpreter."
    yield f"Times: medians of {max(rounds)} rounds, in which all sides take turns."
    yield "Ratio: of the medians; above 1, minimp is faster."
    yield "Quartiles: the middle half of the rounds' ratios lies between them."
    yield "Limit: what no implementation can leave out, done by itself."
    yield from about_peers(peers_of(tables), interpreter)
    yield f"Load of the machine in the last 1, 5 and 15 minutes: {load}."


def about_peers(measured, interpreter):
    """Return how the measured peers were set, and which are not installed."""
    for peer in measured:
        yield f"{peer} {interpreter.peers[peer]}: {PEERS[peer].how}."
    missing = [peer for peer in PEERS if peer not in interpreter.peers]
    if missing:
        yield f"Not installed, so not measured: {', '.join(missing)} (extra `bench`)."


def system():
    """Return what runs here, in words."""
    return f"{platform.system()} {platform.release()}, {platform.machine()}"


def columns(cells):
    """Return rows of cells as columns for a terminal, to the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in cells
    )


def as_markdown(cells, texts=()):
    """Return rows of cells as a Markdown table; all columns but `texts` are figures."""
    dashes = ["---" if at in texts else "---:" for at in range(len(cells[0]))]
    return markup.table(cells[0], markup.line(dashes), cells[1:])


def curve_rows(curve, points):
    """Return the cells of a curve as a table, its head first."""
    sides = sides_of(points)
    found = [[curve.unit, *map(name_of, sides)]]
    for number, one in points.items():
        found.append([f"{number:,}", *times(one, sides)])
    return found


def sides_of(points):
    """Return the sides that the points of a curve have, in the order of the table."""
    return [
        side
        for side in (*probe.MODULES, *PEERS, LIMIT)
        if any(side in one.seconds for one in points.values())
    ]


def name_of(side):
    """Return how a side is called in tables and plots."""
    return probe.NAMES.get(side, side)


def duration(seconds):
    """Return a time with its unit, in three digits."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{three_digits(seconds / size)} {unit}"
    return f"{three_digits(seconds / 1e-9)} ns"


def three_digits(number):
    """Return a number as str, with about three digits."""
    decimals = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:,.{decimals}f}"
