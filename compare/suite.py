"""Runs CPython's own tests against minimp, and counts: the scoreboard.

The tests are those that `tests/test_cpython_*.py` bind. pytest runs them in a process
of its own, where `suite_plugin` writes what becomes of them into a pipe.
"""

import argparse
import contextlib
import datetime
import importlib.util
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from compare import interpreters, markup, probe, show, source, suite_plugin

TESTS = source.ROOT / "tests"
UNBOUND = Path(__file__).with_name("suite.toml")
RECORD = Path(__file__).with_name("suite.json")
TIMEOUT = 1800  # seconds for all
NO_TESTS = 5  # the status of pytest
PASSED, FAILED, UNTOUCHED, LEFT_OUT, NOT_RUN = VERDICTS = (
    "passed",
    "failed",
    "untouched",
    "left out",
    "not run",
)
AREAS = ("shared memory and locks", "connections", "managers and proxies")
AREAS += ("processes", "queues", "pools")
TOGETHER = "together"
MEANING = "untouched: it passed, but never reached minimp, and so proves nothing"


@dataclass(frozen=True)
class Result:
    """What became of one test of CPython's, in one class that binds it.

    `case` is CPython's class, `bound` ours; `method` is a start method; `verdict` is
    one of VERDICTS, and `reason` says why it is not the first.
    """

    area: str
    method: str
    case: str
    bound: str
    test: str
    verdict: str
    reason: str = ""


@dataclass(frozen=True)
class Score:
    """What became of CPython's tests on one interpreter, counted.

    `python` is its version, `cases` lists CPython's classes, `counts` has a verdict's
    number, `left_out` maps a test to the reason, and `unbound` names the classes that
    are not bound. `wrong` lists what failed or was untouched, a sentence each.
    """

    python: str
    cases: dict[str, list[str]]  # area -> names
    counts: dict[str, dict[str, dict[str, int]]]  # area -> method -> verdict -> number
    left_out: dict[str, dict[str, str]]  # area -> "class.test" -> reason
    wrong: list[str]
    unbound: list[str]

    @property
    def methods(self):
        """The start methods that were run, in the order of START_METHODS."""
        ran = set(itertools.chain(*self.counts.values()))
        return [method for method in probe.START_METHODS if method in ran]

    def total(self, verdict, area=TOGETHER, method=None):
        """Return the number of a verdict, of an area and a start method or of all.

        A test that is left out counts once, not under each start method.
        """
        areas = self.counts if area == TOGETHER else [area]
        if verdict == LEFT_OUT:
            return sum(len(self.left_out[name]) for name in areas)
        return sum(
            counts.get(verdict, 0)
            for name in areas
            for of, counts in self.counts[name].items()
            if method in (None, of)
        )

    @property
    def is_good(self):
        """Whether all that was run has passed, and reached minimp."""
        return not self.wrong


def run(python=sys.executable, whole=False, progress=lambda text: None):
    """Run the tests; return (Results, the names of CPython's classes not bound).

    `whole` is whether to run the slow ones, and those that spawn. RuntimeError, with
    what pytest wrote, if it did not come to its end; LookupError if there is no
    pytest, or `python` has no tests of CPython's.
    """
    with begun(python, whole) as lines:
        return ended(lines, progress)


@contextlib.contextmanager
def begun(python, whole=False):
    """Start the tests; give an iterator over the lines that the plugin writes.

    LookupError if there is no pytest; the iterator raises the other errors of `run`.
    When the context is left, nothing runs any more.
    """
    environment = os.environ | {"PYTHONPATH": _packages()}
    reader, writer = os.pipe()
    with (
        open(reader) as lines,
        tempfile.TemporaryFile("w+") as output,
        # For the sockets and folders of what may have to be killed.
        tempfile.TemporaryDirectory() as folder,
    ):
        environment |= {suite_plugin.ORDERS: f"{writer} {whole:d}", "TMPDIR": folder}
        process = subprocess.Popen(
            [python, "-m", "pytest", *_options()],
            cwd=source.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
            start_new_session=True,  # so that all it starts can be ended as a group
        )
        os.close(writer)
        alarm = threading.Timer(TIMEOUT, process.kill)
        alarm.start()
        try:
            yield _told(process, lines, output)
        finally:
            alarm.cancel()
            alarm.join()
            _end(process)


def ended(lines, progress=lambda text: None):
    """Wait for the tests that are `begun`; return what `run` returns."""
    results, unbound, count = {}, [], "?"
    for kind, *told in map(json.loads, lines):
        if kind == "expected":
            count, unbound = told
            continue
        one = Result(*told)
        # Bound classes of different areas may have the same name.
        key = one.area, one.bound, one.test
        # Each phase of a test has a verdict; the worst of them counts.
        if one.verdict != PASSED or key not in results:
            results[key] = one
        progress(f"{len(results)}/{count} {one.case}.{one.test}")
    return list(results.values()), unbound


def _told(process, lines, output):
    """Yield the lines, then look how pytest has ended."""
    yield from lines
    status = process.wait()
    if status == NO_TESTS:
        raise LookupError(f"no package `test` beside {process.args[0]}")
    if status not in (0, 1):  # 1: some have failed
        output.seek(0)
        raise RuntimeError(f"pytest ended with {status}:\n{output.read().strip()}")


def _end(process):
    """End what is left of the group of a process.

    The first signal lets CPython's resource tracker live, which then removes the
    semaphores that the others leave behind.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + probe.GRACE
        while time.monotonic() < deadline:
            process.poll()
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                return
            time.sleep(0.02)


def _options():
    """Return the arguments of pytest."""
    # What conftest.py adds is for the tests of the project, and needs Hypothesis.
    options = ["-p", suite_plugin.__name__, "-p", "no:cacheprovider", "--noconftest"]
    options += ["-c", str(source.ROOT / "pyproject.toml"), "-o", "addopts="]
    return [*options, *sorted(map(str, TESTS.glob("test_cpython_*.py")))]


def _packages():
    """Return a PYTHONPATH with which another interpreter finds this one's pytest.

    LookupError if this one has none.
    """
    found = importlib.util.find_spec("pytest")
    if found is None:
        raise LookupError("pytest is missing in this interpreter")
    return os.pathsep.join([str(source.ROOT), str(Path(found.origin).parents[1])])


def reasons():
    """Return {CPython's class: why it is not bound}, from suite.toml."""
    return tomllib.loads(UNBOUND.read_text("utf-8"))["unbound"]


def score(python, results, unbound):
    """Return the Score of what `run` returns; `python` is the version, as 3.11.7."""
    areas = sorted({one.area for one in results}, key=AREAS.index)
    here = {area: [one for one in results if one.area == area] for area in areas}
    return Score(
        python,
        {area: list(dict.fromkeys(one.case for one in here[area])) for area in areas},
        {area: _counted(here[area]) for area in areas},
        {
            area: {
                f"{one.case}.{one.test}": one.reason
                for one in here[area]
                if one.verdict == LEFT_OUT
            }
            for area in areas
        },
        [
            f"{one.verdict}: {one.area}, {one.bound}.{one.test} {one.reason}".rstrip()
            for one in results
            if one.verdict in (FAILED, UNTOUCHED)
        ],
        unbound,
    )


def _counted(results):
    """Return {method: {verdict: number}}, without what is left out."""
    counts = {one.method: Counter() for one in results}
    for one in results:
        if one.verdict != LEFT_OUT:
            counts[one.method][one.verdict] += 1
    return {method: dict(counts[method]) for method in sorted(counts)}


def recorded():
    """Return (the day as 2026-11-24, Scores) of suite.json."""
    record = json.loads(RECORD.read_text("utf-8"))
    return record["date"], [Score(**one) for one in record["scores"]]


def record(scores):
    """Write Scores into suite.json."""
    today = datetime.date.today().isoformat()
    document = {"date": today, "scores": [asdict(one) for one in scores]}
    RECORD.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


# --- the scoreboard ---------------------------------------------------------------


def columns(one):
    """Return what the table of a Score counts: start methods, under which tests have
    passed, and verdicts."""
    others = [FAILED, UNTOUCHED, LEFT_OUT]
    return one.methods + others + ([NOT_RUN] if one.total(NOT_RUN) else [])


def table(one):
    """Return rows (area, numbers), with one for all areas at the end."""
    return [
        (
            area,
            [
                one.total(PASSED, area, column)
                if column in one.methods
                else one.total(column, area)
                for column in columns(one)
            ],
        )
        for area in (*one.counts, TOGETHER)
    ]


def notes(scores):
    """Yield (title, {reason: names}) of what is left out.

    A name is followed by the versions if not all Scores have it.
    """
    every = [one.python for one in scores]
    for area in dict.fromkeys(area for one in scores for area in one.left_out):
        found = {}  # (reason, test) -> versions
        for one in scores:
            for test, reason in one.left_out.get(area, {}).items():
                found.setdefault((reason, test), []).append(one.python)
        if found:
            yield area, _grouped(found, every)
    known, found = reasons(), {}
    for one in scores:
        for name in one.unbound:
            key = known.get(name, "no reason"), name
            found.setdefault(key, []).append(one.python)
    if found:
        yield "whole classes", _grouped(found, every)


def _grouped(found, every):
    groups = {}
    for (reason, name), pythons in found.items():
        only = "" if pythons == every else f" ({', '.join(pythons)})"
        groups.setdefault(reason, []).append(name + only)
    return groups


def plain(scores):
    """Return the scoreboard for a terminal."""
    lines = []
    for one in scores:
        lines.append(_line(f"CPython {one.python}, passed:", columns(one), one))
        lines += [_line(area, numbers, one) for area, numbers in table(one)]
        lines += ["", *one.wrong, *([""] if one.wrong else [])]
    fill = {"width": min(show.terminal()[0], 88), "break_on_hyphens": False}
    for title, groups in notes(scores):
        lines.append(f"{LEFT_OUT}, {title}:")
        for reason, names in groups.items():
            text = f"  {', '.join(names)}: {reason}"
            lines += textwrap.wrap(text, subsequent_indent="    ", **fill)
        lines.append("")
    if any(one.total(NOT_RUN) for one in scores):
        lines.append("not run: slow; --all runs them, and spawn and forkserver")
    return "\n".join([*lines, MEANING])


def _line(first, cells, one):
    widths = [len(title) + 2 for title in columns(one)]
    figures = zip(cells, widths, strict=True)
    return f"{first:24}" + "".join(f"{cell:>{width}}" for cell, width in figures)


def markdown(scores):
    """Return the scoreboard as Markdown."""
    wrong = [f"- {one.python}, {what}" for one in scores for what in one.wrong]
    parts = [_table(scores), "\n".join(wrong), _notes(scores)]
    return "\n\n".join(filter(None, parts))


def _table(scores):
    """Return the numbers as one Markdown table."""
    titles = columns(scores[0])
    head = ["", *(f"passed, {t}" if t in probe.START_METHODS else t for t in titles)]
    lines = []
    for one in scores:
        lines.append([f"**CPython {one.python}**", *[""] * len(titles)])
        for area, numbers in table(one):
            lines.append([area, *map(str, numbers)])
    rule = markup.line([":--", *["--:"] * len(titles)])
    return markup.table(head, rule, lines)


def _notes(scores):
    """Return what is left out, and why, as Markdown."""
    blocks = []
    for title, groups in notes(scores):
        lines = [f"**{title[0].upper()}{title[1:]}**", ""]
        for reason, names in groups.items():
            lines.append(f"- {', '.join(f'`{name}`' for name in names)}: {reason}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


# --- on the site ------------------------------------------------------------------


def shown():
    """Return the recorded numbers as Markdown."""
    return _table(recorded()[1])


def bound():
    """Return how many of CPython's classes the newest version's record has bound."""
    newest = recorded()[1][-1]
    some = set(itertools.chain(*newest.cases.values()))
    return f"{len(some)} of {len(some) + len(newest.unbound)}"


def classes():
    """Return the names of the bound classes as Markdown, area by area."""
    lines, scores = [], recorded()[1]
    for area in AREAS:
        some = {name for one in scores for name in one.cases[area]}
        names = ", ".join(f"`{name}`" for name in sorted(some))
        lines.append(f"**{area[0].upper()}{area[1:]}**\n: {names}")
    return "\n\n".join(lines)


def left_out():
    """Return what the record says was left out, and why, as Markdown."""
    return _notes(recorded()[1])


def when():
    """Return the day on which the record was made."""
    return recorded()[0]


# The site reads the page anew when one of these changes.
shown.reads = when.reads = bound.reads = classes.reads = [RECORD]
left_out.reads = [RECORD, UNBOUND]


# --- the verb ---------------------------------------------------------------------


def main(argv):
    """Run the tests and print the scoreboard; return 1 unless all have passed."""
    options = _parser().parse_args(argv)
    every, whole = options.every or options.record, options.all or options.record
    pythons = interpreters.at_hand().values() if every else [options.python]
    runs = []
    try:
        for python in pythons:
            runs.append(_run_one(python, whole, alone=len(pythons) == 1))
    except (LookupError, OSError, RuntimeError) as error:
        print(f"python -m compare suite: {error}", file=sys.stderr)
        return 2
    finally:
        show.progress("")
    if not any(runs):
        return 2  # what is missing was told for each
    results, scores = zip(*filter(None, runs), strict=True)
    if options.record:
        record(scores)
    if options.json:
        print(as_json(scores, results))
    else:
        print((markdown if options.markdown else plain)(scores))
    return 0 if all(one.is_good for one in scores) else 1


def _run_one(python, whole, alone):
    """Run the tests with an interpreter; return (Results, Score).

    One that has no tests is an error only if it is alone; else return None.
    """
    version = interpreters.about(python).name
    try:
        results, unbound = run(
            python, whole, lambda text: show.progress(f"CPython {version}: {text}")
        )
    except LookupError as error:
        if alone:
            raise
        show.progress("")
        print(f"CPython {version}: not run: {error}", file=sys.stderr)
        return None
    return results, score(version, results, unbound)


def as_json(scores, results):
    """Return Scores as a JSON document, each with its Results."""
    known = reasons()
    found = [
        asdict(one)
        | {"unbound": {name: known.get(name) for name in one.unbound}}
        | {"results": [vars(result) for result in of]}
        for one, of in zip(scores, results, strict=True)
    ]
    return json.dumps(found, indent=2)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare suite",
        description="Run CPython's own tests against minimp, and count.",
        epilog=MEANING,
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="run the slow ones too, and all under spawn and forkserver (minutes)",
    )
    where = parser.add_mutually_exclusive_group()
    interpreters.add_option(where)
    where.add_argument(
        "--every",
        action="store_true",
        help="run them with every Python at hand, one after the other",
    )
    where.add_argument(
        "--record",
        action="store_true",
        help=f"run --all with every Python, and write compare/{RECORD.name}",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print it as Markdown")
    form.add_argument("--json", action="store_true", help="print it as JSON")
    return parser
