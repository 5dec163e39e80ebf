"""The verb: `python -m compare bench`."""

import argparse
import sys

from compare import interpreters, show
from compare.bench import growth, measuring, plots, record, table
from compare.bench.measuring import ROUNDS
from compare.bench.operations import OPERATIONS, PLACES

PROGRAM = "python -m compare bench"
ON = dict(zip(PLACES, ["on one core", "on all cores"], strict=True))


def main(argv):
    """Measure what is named, or all operations, and print it; return the status."""
    options = _parser().parse_args(argv)
    try:
        if options.record:
            return _record(options)
        operations, curves = _chosen(options)
        peers = measuring.interpreter(options.python).peers
        tables = _tables(operations, options, peers)
        points = {curve.name: _points(curve, options, peers) for curve in curves}
    except LookupError as error:
        return _failed(error, 2)
    except RuntimeError as error:
        return _failed(error, 1)
    finally:
        show.progress("")
    print(_shown(tables, curves, points, options))
    return 0


def _failed(error, status):
    print(f"{PROGRAM}: {error}", file=sys.stderr)
    return status


def _record(options):
    if options.names or options.place or options.rounds or options.growth:
        raise LookupError("--record measures everything, as it always does")
    seconds = record.make(options.python, show.progress)
    print(f"{record.FILE.name} was written; it took {seconds} seconds.")
    return 0


def _chosen(options):
    """Return the Operations and Curves that are asked for; LookupError if unknown."""
    operations, curves = [], list(growth.CURVES) if options.growth else []
    known = {one.name: one for one in [*OPERATIONS, *growth.CURVES]}
    for name in options.names:
        if name not in known:
            names = ", ".join(known)
            raise LookupError(f"no operation {name!r}; known: {names}")
        one = known[name]
        chosen = curves if isinstance(one, growth.Curve) else operations
        chosen.append(one)
    if not operations and not curves:
        operations = OPERATIONS
    places = [options.place] if options.place else PLACES
    if operations and not any(p in one.places for one in operations for p in places):
        raise LookupError("that is only measured free")
    return operations, curves


def _tables(operations, options, peers):
    """Return {place: [Figures]} of the operations."""
    places = [options.place] if options.place else PLACES
    steps = [
        (one, place) for place in places for one in operations if place in one.places
    ]
    tables = {}
    for number, (operation, place) in enumerate(steps, 1):
        show.progress(f"{number}/{len(steps)} {place}: {operation.work.title}")
        rounds = options.rounds or ROUNDS
        figures = measuring.measure(operation, place, rounds, options.python, peers)
        tables.setdefault(place, []).append(figures)
    return tables


def _points(curve, options, peers):
    """Return {n: Figures} of a curve."""
    points = {}
    for number, operation in zip(curve.points, curve.operations, strict=True):
        place = options.place or curve.place
        show.progress(f"{curve.name} {place}: {operation.work.title}")
        rounds = options.rounds or growth.ROUNDS
        figures = measuring.measure(operation, place, rounds, options.python, peers)
        points[number] = figures
    return points


def _shown(tables, curves, points, options):
    """Return all that was measured as one text."""
    parts = []
    interpreter = measuring.interpreter(options.python)
    if tables and options.markdown:
        parts.append(table.markdown(tables, interpreter))
    elif tables:
        parts.append(table.plain(tables, interpreter))
        parts.append(plots.ratios_text(tables))
    for curve in curves:
        place = options.place or curve.place
        rows = table.curve_rows(curve, points[curve.name])
        if options.markdown:
            parts.append(f"{curve.title}, {ON[place]}:\n\n{table.as_markdown(rows)}")
        else:
            parts.append(plots.text(curve, points[curve.name]))
            parts.append(f"{table.columns(rows)}\nMedians, {ON[place]}.")
    return "\n\n".join(parts)


def _parser():
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Measure how fast multiprocessing and minimp are,\n"
        "and multiprocess, Pyro5 and rpyc, where they are installed.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="an operation or a curve (operations)"
    )
    parser.add_argument("--growth", action="store_true", help="measure all curves")
    parser.add_argument(
        "--rounds",
        type=_rounds,
        metavar="N",
        help=f"how often each is measured ({ROUNDS}; {growth.ROUNDS} for curves)",
    )
    _add_places(parser)
    interpreters.add_option(parser)
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown")
    what = f"measure everything, and write {record.FILE.name} for the site"
    parser.add_argument("--record", action="store_true", help=what)
    return parser


def _epilog():
    known = [f"  {one.name:8} {one.work.title}" for one in OPERATIONS]
    grows = [f"  {one.name:8} {one.title}" for one in growth.CURVES]
    return "\n".join(["operations:", *known, "", "curves, how cost grows:", *grows])


def _add_places(parser):
    place = parser.add_mutually_exclusive_group()
    for name in PLACES:
        place.add_argument(
            f"--{name}",
            dest="place",
            action="store_const",
            const=name,
            help=f"all processes {ON[name]} (both, one after the other)",
        )


def _rounds(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)
