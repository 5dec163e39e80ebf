"""Runs CPython's own tests against minimp, and counts: the scoreboard.

The tests are those that `tests/test_cpython_*.py` bind. pytest runs them in a process
of its own, where `suite_plugin` writes what becomes of them into a pipe.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from compare import show, source, suite_plugin

TESTS = source.ROOT / "tests"
UNBOUND = Path(__file__).with_name("suite.toml")
TIMEOUT = 1800  # seconds for all
VERDICTS = ("passed", "failed", "untouched", "left out", "not run")


@dataclass(frozen=True)
class Result:
    """What became of one test of CPython's, in one class that binds it.

    `case` is CPython's class, `bound` ours; `verdict` is one of VERDICTS, and
    `reason` says why it is not the first.
    """

    area: str
    case: str
    bound: str
    test: str
    verdict: str
    reason: str = ""


def run(python=sys.executable, every=False, progress=lambda text: None):
    """Run the tests; return (Results, the names of CPython's classes not bound).

    `every` is whether to run the slow ones, and those that spawn. RuntimeError, with
    what pytest wrote, if it did not come to its end; LookupError if there is none.
    """
    results, unbound, count = {}, [], "?"
    for kind, *told in map(json.loads, _told(python, every)):
        if kind == "expected":
            count, unbound = told
        else:
            one = Result(*told)
            # Each phase of a test has a verdict; the worst of them counts.
            if one.verdict != "passed" or (one.bound, one.test) not in results:
                results[one.bound, one.test] = one
            progress(f"{len(results)}/{count} {one.case}.{one.test}")
    return list(results.values()), unbound


def _told(python, every):
    """Run pytest; yield the lines that the plugin writes. RuntimeError as in `run`."""
    packages = _packages()
    reader, writer = os.pipe()
    with open(reader) as lines, tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [python, "-m", "pytest", *_options()],
            cwd=source.ROOT,
            env=os.environ
            | {suite_plugin.ORDERS: f"{writer} {every:d}", "PYTHONPATH": packages},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
            start_new_session=True,  # so that all it starts can be killed as a group
        )
        os.close(writer)
        alarm = threading.Timer(TIMEOUT, _kill, [process])
        alarm.start()
        try:
            yield from lines
            status = process.wait()
        finally:
            alarm.cancel()
            alarm.join()
            _kill(process)
            process.wait()
        if status not in (0, 1):  # 1: some have failed
            output.seek(0)
            raise RuntimeError(f"pytest ended with {status}:\n{output.read().strip()}")


def _kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


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


def totals(results):
    """Return a Counter of the verdicts."""
    return Counter(one.verdict for one in results)


def table(results):
    """Return rows (area, case, Counter): each class, then the sum of its area."""
    rows = []
    for area in dict.fromkeys(one.area for one in results):
        here = [one for one in results if one.area == area]
        for case in dict.fromkeys(one.case for one in here):
            rows.append((area, case, totals(one for one in here if one.case == case)))
        rows.append((area, "", totals(here)))
    return rows


def notes(results, unbound):
    """Yield what did not pass and why, one sentence a line."""
    for one in results:
        if one.verdict in ("failed", "untouched"):
            yield f"{one.verdict}: {one.bound}.{one.test} {one.reason}".rstrip()
    left = {}
    for one in results:
        if one.verdict == "left out":
            left.setdefault(f"{one.case}.{one.test}", one.reason)
    yield from (f"left out: {test}: {why}" for test, why in left.items())
    known = reasons()
    yield from (
        f"not bound: {name}: {known.get(name, 'no reason')}" for name in unbound
    )


def plain(results, unbound):
    """Return the scoreboard as columns for a terminal."""
    lines, titles = [], "".join(f"{verdict:>10}" for verdict in VERDICTS)
    for area, case, counts in table(results):
        figures = "".join(f"{counts[verdict] or '':>10}" for verdict in VERDICTS)
        if not lines or lines[-1] == "":
            lines.append(f"{area:24}{titles}")
        lines.append(f"  {case or 'together':22}{figures}".rstrip())
        if not case:
            lines.append("")
    return "\n".join([*lines, *notes(results, unbound)])


def markdown(results, unbound):
    """Return the scoreboard as Markdown."""
    lines = [f"| | {' | '.join(VERDICTS)} |", "|:--|" + "--:|" * len(VERDICTS)]
    for area, case, counts in table(results):
        cells = [f"`{case}`" if case else f"**{area}**"]
        cells += [str(counts[verdict] or "") for verdict in VERDICTS]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"- {note}" for note in notes(results, unbound))])


def as_json(results, unbound):
    """Return the scoreboard as a JSON document."""
    known = reasons()
    return json.dumps(
        {
            "totals": totals(results),
            "results": [vars(one) for one in results],
            "unbound": {name: known.get(name) for name in unbound},
        },
        indent=2,
    )


def main(argv):
    """Run the tests and print the scoreboard; return 1 unless all have passed."""
    options = _parser().parse_args(argv)
    try:
        results, unbound = run(options.python, options.all, show.progress)
    except (LookupError, OSError, RuntimeError) as error:
        print(f"python -m compare suite: {error}", file=sys.stderr)
        return 2
    finally:
        show.progress("")
    form = as_json if options.json else markdown if options.markdown else plain
    print(form(results, unbound))
    counts = totals(results)
    return 1 if counts["failed"] or counts["untouched"] else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare suite",
        description="Run CPython's own tests against minimp, and count.",
        epilog="untouched: it passed, but never reached minimp, and so proves nothing",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="run the slow ones too, and all under spawn and forkserver",
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        metavar="PATH",
        help="the interpreter that runs them (this one)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print it as Markdown")
    form.add_argument("--json", action="store_true", help="print it as JSON")
    return parser
