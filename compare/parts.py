"""Where the time of a proxy call goes, and what it changes to look before you wait.

`timeline` measures, in a process for each implementation, place and round. A record of
that is in parts.json: the site shows it, and so measures nothing while it is built.
"""

import argparse
import html
import json
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from compare import machine, markup, probe, show, source
from compare.timeline import PARTS, PATIENCE, PLACES

RECORD = Path(__file__).with_name("parts.json")
ROUNDS, CALLS = 7, 1000
TIMEOUT = 60  # seconds for one process; it takes about one
WIDTH = 70  # columns of a bar, at most
PIXELS = 360  # of a bar, at most
NUMBERED = 14  # pixels; in less, a segment has no number
PACES = {"busy": "one call after the other", "pausing": "a pause of 1 ms between calls"}


class Whole(NamedTuple):
    """One call, and one of the slowest round, in nanoseconds.

    `parts` is {part: nanoseconds}; the last one is what the others leave.
    """

    call: float
    slowest: float
    parts: dict


def measure(side, place, calls):
    """Return what `timeline.child` finds; RuntimeError if it fails."""
    code = "from compare import timeline; timeline.child()"
    with probe.folder() as temporary:
        environment = {"PYTHONPATH": str(source.ROOT), "TMPDIR": temporary}
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, side, place, str(calls)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | environment,
            start_new_session=True,  # so that all it starts can be killed as a group
        )
        try:
            output, errors = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            errors = "it took too long"
        finally:
            if process.poll() is None:
                probe.signal_group(process, signal.SIGKILL)
                process.communicate()
    if process.returncode:
        raise RuntimeError(f"{side}, {place}: {errors.strip()}")
    return json.loads(output)


def measured(rounds, calls, places=None):
    """Measure both sides in turns, in all places; return the record."""
    places = places or possible()
    found = {place: {side: [] for side in probe.NAMES} for place in places}
    steps = [(n, place) for n in range(rounds) for place in places]
    for step, (number, place) in enumerate(steps, 1):
        show.progress(f"{step}/{len(steps)} {PLACES[place]}")
        for side in list(probe.NAMES)[:: -1 if number % 2 else 1]:
            found[place][side].append(measure(side, place, calls))
    show.progress("")
    return machine.stamp("parts --record") | {
        "rounds": rounds,
        "calls": calls,
        "shapes": {side: found[places[0]][side][0]["shape"] for side in probe.NAMES},
        "places": {
            place: {side: _joined(each) for side, each in sides.items()}
            for place, sides in found.items()
        },
    }


def possible():
    """Return the places that this machine has: one core has no other."""
    few = len(os.sched_getaffinity(0)) < 2
    return [place for place in PLACES if not (few and place == "apart")]


def _joined(rounds):
    """Return the rounds of one side and place, in whole nanoseconds."""

    def fastest(patience, pace, what):
        return round(min(one["patience"][patience][pace][what] for one in rounds))

    looked = {
        patience: {
            pace: {
                what: fastest(patience, pace, what) for what in ("call", "processor")
            }
            for pace in PACES
        }
        for patience in map(str, PATIENCE)
    }
    return {
        "call": [round(one["call"]) for one in rounds],
        "parts": [{k: round(v) for k, v in one["parts"].items()} for one in rounds],
        "patience": looked,
    }


def whole(rounds):
    """Return the Whole of one side and place of a record.

    The faster half of the rounds counts, for what else the machine does only adds to
    them; of a call, and of each part, it is the median.
    """
    half = slice((len(rounds["call"]) + 1) // 2)
    call = statistics.median(sorted(rounds["call"])[half])
    fast = sorted(rounds["parts"], key=lambda parts: sum(parts.values()))[half]
    parts = {part: statistics.median(each[part] for each in fast) for part in PARTS}
    parts["remainder"] = call - sum(parts.values())
    return Whole(call, max(rounds["call"]), parts)


def counts(shape):
    """Return {what: how often in one call} of a side's shape."""
    notes = [note for notes in shape.values() for note in notes]
    sent = {who: next(n[1] for n in shape[who] if n[0] == "write") for who in shape}
    return {
        "pickled, and unpickled": f"{_of(notes, 'dumps')}, {_of(notes, 'loads')}",
        "`write` calls": str(_of(notes, "write")),
        "`read` calls": str(_of(notes, "read")),
        "bytes there, back": f"{sent['client']}, {sent['server']}",
    }


def _of(notes, kind):
    return sum(note[0] == kind for note in notes)


def load():
    """Return the record that the site shows."""
    return json.loads(RECORD.read_text("utf-8"))


def main(argv):
    """Measure and print, or record, or print the record; return the status."""
    options = _parser().parse_args(argv)
    try:
        record = load() if options.show else measured(options.rounds, options.calls)
    except RuntimeError as error:
        show.progress("")
        print(f"python -m compare parts: {error}", file=sys.stderr)
        return 1
    if options.record:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(plain(record))
    return 0


def plain(record):
    """Return the record as a text for a terminal."""
    lines = []
    for place, sides in record["places"].items():
        wholes = {side: whole(rounds) for side, rounds in sides.items()}
        lines += [_columns(row) for row in rows(place, wholes)]
        lines += [f"{probe.NAMES[side]:8} {bar}" for side, bar in _bars(wholes).items()]
        lines.append("")
    lines += [
        _columns([cell.replace("`", "") for cell in row]) for row in _counts(record)
    ]
    for pace in PACES:
        lines += ["", *(_columns(row) for row in patient_rows(record, pace))]
    return "\n".join([*lines, "", *notes(record)])


def rows(place, wholes):
    """Return the cells of a table, all str: a part a row, in microseconds."""
    yield [PLACES[place], *(f"{probe.NAMES[side]}, µs" for side in wholes)]
    for number, part in enumerate([*PARTS, "remainder"], 1):
        times = [_microseconds(one.parts[part]) for one in wholes.values()]
        yield [f"{number} {part}" if part in PARTS else part, *times]
    yield ["one call", *(_microseconds(one.call) for one in wholes.values())]
    yield ["slowest round", *(_microseconds(one.slowest) for one in wholes.values())]


def _bars(wholes):
    """Return {side: bar}; a column is the digit of its part."""
    unit = max(_length(one) for one in wholes.values()) / WIDTH
    return {
        side: "".join(
            str(number) * round(one.parts[part] / unit)
            for number, part in enumerate(PARTS, 1)
        )
        for side, one in wholes.items()
    }


def _length(one):
    """Return how long the bar of a Whole is, in nanoseconds."""
    return sum(max(0, length) for length in one.parts.values())


def _counts(record):
    sides = [counts(shape) for shape in record["shapes"].values()]
    yield ["in one call", *probe.NAMES.values()]
    for what in sides[0]:
        yield [what, *(side[what] for side in sides)]


def patient_rows(record, pace):
    """Return the cells of a table: calls and processor time, for each patience."""
    waits = [f"{int(each) // 1000} µs" if int(each) else "at once" for each in PATIENCE]
    heads = [f"{what}, {wait}" for what in ("call", "processor") for wait in waits]
    yield [PACES[pace], *heads]
    for place, sides in record["places"].items():
        for side, rounds in sides.items():
            found = [rounds["patience"][str(each)][pace] for each in PATIENCE]
            times = [one[what] for what in ("call", "processor") for one in found]
            yield [f"{place}, {probe.NAMES[side]}", *map(_microseconds, times)]


def notes(record):
    """Return what the tables need said, a sentence each."""
    yield machine.words(record)
    yield f"Times are medians of the faster half of {record['rounds']} rounds,"
    yield f"of {record['calls']} calls each; those of looking, of the fastest round."


def _columns(row):
    first, *others = row
    return f"{first:38} {' '.join(f'{cell:>15}' for cell in others)}".rstrip()


def _microseconds(nanoseconds):
    return f"{nanoseconds / 1000:.1f}".replace("-", "−")


def pinned():
    """Return figure and table of that place, for the site."""
    return _shown("pinned")


def apart():
    """Return figure and table of that place, for the site."""
    return _shown("apart")


def free():
    """Return figure and table of that place, for the site."""
    return _shown("free")


def counted():
    """Return the table of what one call counts, for the site."""
    return markdown(_counts(load()))


def busy():
    """Return the table of calls made one after the other, for the site."""
    return markdown(patient_rows(load(), "busy"))


def pausing():
    """Return the table of a client that pauses, for the site."""
    return markdown(patient_rows(load(), "pausing"))


def origin():
    """Return where and when the record was made, for the site."""
    return " ".join(notes(load()))


def _shown(place):
    wholes = {side: whole(rounds) for side, rounds in load()["places"][place].items()}
    return f"{picture(wholes)}\n\n{markdown(rows(place, wholes))}"


def markdown(table):
    """Return rows of cells as a Markdown table, its figures to the right."""
    head, *body = table
    rule = markup.line(["---", *["---:"] * (len(head) - 1)])
    return markup.table(head, rule, body)


def picture(wholes):
    """Return bars for {side: Whole} as an SVG image in one paragraph of HTML."""
    unit = max(_length(one) for one in wholes.values()) / PIXELS
    said, drawn = [], []
    for line, (side, one) in enumerate(wholes.items()):
        said.append(f"{_spoken(side, one)}")
        label = f"{probe.NAMES[side]}, {_microseconds(one.call)} µs"
        drawn.append(f'<text x="0" y="{line * 52 + 12}">{label}</text>')
        drawn += _segments(one, unit, line * 52 + 18)
    label = html.escape("; ".join(said))
    return (
        f'<svg class="parts" viewBox="-1 0 {PIXELS + 2} 100" role="img"'
        f' aria-label="{label}">{"".join(drawn)}</svg>'
    )


def _segments(one, unit, top):
    """Yield a rectangle for each part, with its number where there is room."""
    left = 0
    for number, (part, length) in enumerate(one.parts.items(), 1):
        width = max(0, length) / unit
        style = f"k{number - 1}" if part in PARTS else "rest"
        place = f'x="{left:.1f}" y="{top}" width="{width:.1f}" height="24"'
        yield f'<rect class="{style}" {place}/>'
        if width >= NUMBERED and part in PARTS:
            place = f'x="{left + width / 2:.1f}" y="{top + 17}"'
            yield f'<text class="in" {place}>{number}</text>'
        left += width


def _spoken(side, one):
    shares = [f"{part} {one.parts[part] / one.call:.0%}" for part in PARTS]
    return f"{probe.NAMES[side]}, {_microseconds(one.call)} µs: {', '.join(shares)}"


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare parts",
        description="Measure where the time of a proxy call goes.",
    )
    for name, default, what in [
        ("rounds", ROUNDS, "how often each side is measured"),
        ("calls", CALLS, "calls in a round"),
    ]:
        parser.add_argument(
            f"--{name}",
            type=int,
            default=default,
            metavar="N",
            help=f"{what} ({default})",
        )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--record", action="store_true", help="keep it for the site")
    kind.add_argument("--show", action="store_true", help="print what was recorded")
    return parser
