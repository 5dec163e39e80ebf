"""Draws what was measured, on logarithmic axes: as text, and as SVG.

The SVG is at most 360 units wide, so that its letters stay readable on a phone. Its
colours are the site's variables; sides differ by mark and label too.
"""

import html
import math
from typing import NamedTuple

from compare.bench.operations import LIMIT
from compare.bench.table import duration, name_of, sides_of

# What stands for a side in a text plot.
LETTERS = {
    "cpython": "C",
    "minimp": "m",
    "multiprocess": "u",
    "Pyro5": "P",
    "rpyc": "r",
    LIMIT: "l",
}
# Its mark in an SVG, around 0, 0; the limit is a dashed line without one.
MARKS = {
    "cpython": "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
    "minimp": "M-3-3h6v6h-6z",
    "multiprocess": "M0-4l3.6 6.4h-7.2z",
    "Pyro5": "M0-4l4 4-4 4-4-4z",
    "rpyc": "M-3-3l6 6m0-6l-6 6",
}
COLUMNS, LINES = 60, 16  # of a text plot's field
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 236, 46, 78, 8, 36
LABEL = 12  # units from one label to the next, at least
ROW = 33  # units for an operation
ONE = 1.0  # the ratio of what is equally fast


class Axis(NamedTuple):
    """Where a number from `low` to `high` stands between `start` and `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, number):
        part = math.log(number / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.stop - self.start)

    def ticks(self, most=6):
        """Return round numbers on the axis: powers of ten, about `most` of them.

        Where there are fewer than three, also twice and five times a power.
        """
        first, last = (math.floor(math.log10(end)) for end in (self.low, self.high))
        powers = [10.0**power for power in range(first, last + 1)]
        found = [power for power in powers if self._has(power)]
        if len(found) < 3:
            numbers = [factor * power for power in powers for factor in (1, 2, 5)]
            return [number for number in numbers if self._has(number)]
        return found[:: math.ceil(len(found) / most)]

    def _has(self, number):
        return self.low * 0.999 <= number <= self.high * 1.001


def axis(numbers, start, stop):
    """Return an Axis on which all numbers lie, with some room at its ends."""
    low, high = min(numbers), max(numbers)
    if high < low * 10:  # a curve that is flat shall look flat
        middle = math.sqrt(low * high)
        low, high = min(low, middle / 3), max(high, middle * 3)
    return Axis(low / 1.4, high * 1.4, start, stop)


def short(number):
    """Return a count in few letters: 10, 1k, 10M."""
    for unit, size in (("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def tidy(seconds):
    """Return a round time in few letters: 10 ns, 200 µs."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= size * 0.999:
            return f"{seconds / size:g} {unit}"
    return f"{seconds / 1e-9:.1g} ns"


def medians(points):
    """Return {side: [(n, seconds)]} of the points of a curve."""
    return {
        side: [(n, one.median(side)) for n, one in points.items()]
        for side in sides_of(points)
    }


# --- text


def text(curve, points):
    """Return a curve as a plot for a terminal; `points` is {n: Figures}."""
    lines = medians(points)
    times = [seconds for line in lines.values() for _, seconds in line]
    down = axis(times, LINES - 1, 0)
    across = Axis(min(points), max(points), 0, COLUMNS - 1)
    field = [[" "] * COLUMNS for _ in range(LINES)]
    for tick in down.ticks():
        field[round(down(tick))] = ["·"] * COLUMNS
    taken = {}
    for side, line in lines.items():
        for n, seconds in line:
            taken.setdefault((round(down(seconds)), round(across(n))), []).append(side)
    for (row, column), sides in taken.items():
        field[row][column] = LETTERS[sides[0]] if len(sides) == 1 else "*"
    labels = {round(down(tick)): tidy(tick) for tick in down.ticks()}
    plot = [
        f"{labels.get(row, ''):>7} |{''.join(cells).rstrip()}"
        for row, cells in enumerate(field)
    ]
    return "\n".join([curve.title, *plot, *_below(curve.unit, points, across, lines)])


def _below(unit, points, across, lines):
    """Return the lines below a text plot: the axis, and what the letters mean."""
    ticks = [" "] * (COLUMNS + 8)
    for n in points:
        at = round(across(n))
        ticks[at : at + len(short(n))] = short(n)
    keys = [f"{LETTERS[side]} {name_of(side)}" for side in lines]
    yield f"{'':7} +{'-' * COLUMNS}"
    yield f"{'':9}{''.join(ticks).rstrip()} {unit}"
    yield f"{'':9}{'   '.join([*keys, '* several'])}"


def ratios_text(tables):
    """Return {place: [Figures]} as a plot for a terminal: how many times faster."""
    figures = [one for table in tables.values() for one in table]
    across = _ratio_axis(figures, 0, COLUMNS - 1)
    lines = ["Times as fast as CPython: o the ratio, - its quartiles"]
    for place, table in tables.items():
        for one in table:
            cells = [" "] * COLUMNS
            cells[round(across(ONE))] = "|"
            low, high = (round(across(number)) for number in one.quartiles)
            cells[low : high + 1] = "-" * (high + 1 - low)
            cells[round(across(one.ratio))] = "o"
            lines.append(f"{one.operation.name:8} {place:6} {''.join(cells).rstrip()}")
    ticks = [" "] * (COLUMNS + 8)
    for tick in across.ticks():
        at, label = round(across(tick)), f"{tick:g}"
        ticks[at : at + len(label)] = label
    return "\n".join([*lines, f"{'':16}{''.join(ticks).rstrip()}"])


def _ratio_axis(figures, start, stop):
    numbers = [ONE]
    for one in figures:
        numbers += [one.ratio, *one.quartiles]
    return axis(numbers, start, stop)


# --- SVG


def svg(curve, points):
    """Return a curve as an SVG; `points` is {n: Figures}."""
    lines = medians(points)
    times = [seconds for line in lines.values() for _, seconds in line]
    down = axis(times, HEIGHT - BOTTOM, TOP)
    across = Axis(min(points), max(points), LEFT + 6, WIDTH - RIGHT - 6)
    parts = [*_grid(down), *_ticks(curve.unit, points, across)]
    for side, line in lines.items():
        at = [(across(n), down(seconds)) for n, seconds in line]
        parts.append(_line(side, at))
    parts += _labels({side: down(line[-1][1]) for side, line in lines.items()})
    told = [
        f"{name_of(side)} from {duration(line[0][1])} to {duration(line[-1][1])}"
        for side, line in lines.items()
    ]
    first, last = min(points), max(points)
    words = f"From {first:,} to {last:,} {curve.unit}: {'; '.join(told)}."
    return _svg(curve.name, HEIGHT, curve.title, words, parts)


def _svg(name, height, title, words, parts):
    ids = f"{name}-title {name}-desc"
    return (
        f'<svg class="curves" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="{ids}">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(words)}</desc>{"".join(parts)}</svg>'
    )


def _grid(down):
    for tick in down.ticks():
        y = f"{down(tick):.1f}"
        yield f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 5, down(tick) + 3.5, tidy(tick), "end")


def _ticks(unit, points, across):
    base = HEIGHT - BOTTOM
    yield f'<path class="axis" d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}"/>'
    for n in points:
        yield _text(across(n), base + 14, short(n), "middle")
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield _text(middle, base + 29, unit, "middle")


def _text(x, y, words, anchor="start", side=""):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{_class(side)}>'
        f"{html.escape(words)}</text>"
    )


def _class(side):
    return f' class="side-{side.lower()}"' if side else ""


def _line(side, at):
    points = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    marks = "".join(
        f'<path class="mark" transform="translate({x:.1f} {y:.1f})" d="{MARKS[side]}"/>'
        for x, y in at
        if side in MARKS
    )
    return f'<g{_class(side)}><path class="line" d="M{points}"/>{marks}</g>'


def _labels(ends):
    """Yield the sides' names at the right, none on top of another."""
    above = TOP - LABEL
    order = sorted(ends, key=ends.get)
    lowest = HEIGHT - BOTTOM - LABEL * (len(order) - 1)
    for side in order:
        above = max(above + LABEL, min(ends[side], lowest))
        lowest += LABEL
        x = WIDTH - RIGHT
        yield (
            f'<path class="leader" d="M{x - 2} {ends[side]:.1f}L{x + 4} {above:.1f}"/>'
        )
        yield _text(x + 7, above + 3.5, name_of(side), side=side)


def ratios_svg(tables):
    """Return {place: [Figures]} as an SVG: how many times faster, with quartiles."""
    figures = [one for table in tables.values() for one in table]
    across = _ratio_axis(figures, 10, WIDTH - 10)
    rows = {}
    for place, table in tables.items():
        for one in table:
            rows.setdefault(one.operation.name, {})[place] = one
    height = ROW * len(rows) + 34
    parts, told = [*_ratio_grid(across, height)], []
    for number, (name, places) in enumerate(rows.items()):
        top = ROW * number + 16
        title = next(iter(places.values())).operation.work.title
        parts.append(_text(10, top, title))
        for place, one in places.items():
            parts.append(
                _dot(across, top + (8 if place == "pinned" else 14), place, one)
            )
            told.append(f"{name} {place} {one.ratio:.3g}")
    title = "How many times as fast as CPython minimp is"
    return _svg("ratios", height, title, f"{'; '.join(told)}.", parts)


def _ratio_grid(across, height):
    for tick in across.ticks():
        x, kind = across(tick), "axis" if tick == ONE else "grid"
        yield f'<path class="{kind}" d="M{x:.1f} 4V{height - 18}"/>'
        yield _text(x, height - 5, f"{tick:,g}", "middle")


def _dot(across, y, place, one):
    low, high = map(across, one.quartiles)
    x = across(one.ratio)
    return (
        f'<g class="side-minimp {place}">'
        f'<path class="line" d="M{low:.1f} {y}H{high:.1f}"/>'
        f'<circle class="mark" cx="{x:.1f}" cy="{y}" r="3"/></g>'
    )
