"""The verbs of `python -m compare`."""

import argparse
import os
import signal
import sys
import tempfile
import textwrap

from compare import (
    api,
    bench,
    board,
    exercises,
    interpreters,
    museum,
    pairs,
    parts,
    probe,
    show,
    site,
    size,
    suite,
    tracebacks,
    versions,
    wire,
)

VERBS = {
    "run": probe.main,
    "api": api.main,
    "suite": suite.main,
    "museum": museum.main,
    "bench": bench.main,
    "parts": parts.main,
    "size": size.main,
    "wire": wire.main,
    "versions": versions.main,
    "errors": tracebacks.main,
    "exercise": exercises.main,
    "site": site.main,
}
LONGEST = 50  # bytes that leave room for the name of a socket, which may have 107
EPILOG = """\
verbs (each has its own --help):
  run [PROGRAM ...]   run programs under both, show where they differ
  api [MODULE ...]    compare what both offer, by name and by parameter
  suite               run CPython's own tests against minimp
  museum [NAME ...]   show CPython's bugs, and whether they are still there
  bench [NAME ...]    measure how fast both are, and how cost grows
  parts               measure where the time of a proxy call goes
  size                count the lines, file by file
  wire PROGRAM        show what the processes of a program say to each other
  versions [SYMBOL]   show what changed in CPython from version to version
  errors [TEXT]       find what happened by the last line of a traceback
  exercise [NAME]     extend minimp yourself, checked step by step
  site                build the docs site and serve it

pairs:
"""


def main(argv):
    """Do what the arguments say; return the exit status."""
    if argv and argv[0] in VERBS:
        return VERBS[argv[0]](argv[1:])
    known = pairs.load()
    parser = _parser(known)
    options = parser.parse_args(argv)
    try:
        if options.record:
            pairs.record(python=options.python)
            version = interpreters.about(options.python).name
            print(f"{len(known)} pairs recorded for CPython {version}.")
        elif options.moved:
            return _print_moved(known, options.python)
        elif options.name:
            pair = pairs.get(options.name)
            show.page(show.show_pair(pair, *show.terminal(), options.python))
        else:
            return board.main(options.python, options.json)
    except LookupError as error:
        print(f"python -m compare: {error}", file=sys.stderr)
        print("`python -m compare --help` lists all verbs and pairs.", file=sys.stderr)
        return 2
    return 0


def _parser(known):
    parser = argparse.ArgumentParser(
        prog="python -m compare",
        usage="%(prog)s [-h] [--python PATH] [--json]\n"
        "       %(prog)s [--python PATH] [--moved | --record | NAME]\n"
        "       %(prog)s VERB ...",
        description="Puts CPython's multiprocessing and minimp side by side.\n"
        "Without arguments: how they compare, counted, on one screen.",
        epilog=EPILOG + _listed(known),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this pair")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    interpreters.add_option(parser)
    pinned = parser.add_mutually_exclusive_group()
    pinned.add_argument(
        "--moved",
        action="store_true",
        help="list the pairs whose CPython side is none of the recorded ones",
    )
    pinned.add_argument(
        "--record",
        action="store_true",
        help="record the CPython sides in pairs.toml",
    )
    return parser


def _print_moved(known, python):
    """Print what `pairs.moved` finds; return 1 if it finds something."""
    _, version, library = interpreters.about(python)
    moved = pairs.moved(known, library)
    for pair, what in moved:
        seen = sorted({version for group in pair.hashes.values() for version in group})
        print(f"{pair.name}: {what} (recorded: {', '.join(seen) or 'nothing'})")
    print(f"{len(moved)} of {len(known)} pairs have moved in CPython {version}.")
    return 1 if moved else 0


def _listed(known):
    """Return the names of the pairs, a paragraph for each module and class."""
    columns, _ = show.terminal()
    groups = {}
    for name in known:
        owner, _, symbol = name.rpartition(".")
        groups.setdefault(owner, []).append(symbol)
    return "\n".join(
        textwrap.fill(
            f"{owner}: {' '.join(names)}",
            columns,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
        for owner, names in groups.items()
    )


def _shorten_tmpdir():
    """Have temporary files in /tmp if TMPDIR is too long for the name of a socket."""
    if len(os.fsencode(tempfile.gettempdir())) > LONGEST:
        tempfile.tempdir = os.environ["TMPDIR"] = "/tmp"


def _end(number, frame):
    """End by a signal as by Ctrl-C, so that nothing is left running."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    _shorten_tmpdir()
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # such as a record that this user may not write
        print(f"python -m compare: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
