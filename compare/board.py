"""Counts on one screen how the two compare: a row for each verb that says more."""

import json
import sys
from typing import NamedTuple

from compare import bench, probe, show, size, suite, versions

ROUNDS = 5
TIMED = ("value", "lock", "new", "call", "proxy")  # operations of `bench`


class Row(NamedTuple):
    """One line of the board: a verb, its result in words, and in figures.

    `good` is False for what should not be so, such as a program that differs.
    """

    name: str
    verb: str
    text: str
    good: bool
    figures: dict


def programs(python):
    """Return the Row of the programs that print the same under both."""
    known, other = probe.names(), []
    for number, name in enumerate(known, 1):
        show.progress(f"programs {number}/{len(known)}: {name}")
        runs = [probe.run(name, impl, "fork", python) for impl in probe.MODULES]
        if probe.verdict(runs) != "same":
            other.append(name)
    text = f"{len(known) - len(other)} of {len(known)} print the same under both"
    text += f"; not so: {', '.join(other)}" if other else ""
    figures = {"same": len(known) - len(other), "all": len(known), "other": other}
    return Row("programs", "run", text, not other, figures)


def tests(python):
    """Return the Row of CPython's own tests."""
    try:
        results, unbound = suite.run(
            python, progress=lambda text: show.progress(f"tests {text}")
        )
    except LookupError as error:
        return Row("tests", "suite", f"not run: {error}", True, {})
    counts = suite.totals(results)
    said = [f"{counts[verdict]} {verdict}" for verdict in suite.VERDICTS]
    text = f"of CPython's own, {', '.join(said)}"
    good = not counts["failed"] and not counts["untouched"]
    return Row("tests", "suite", text, good, dict(counts) | {"unbound": unbound})


def speed(python):
    """Return the Row of how many times faster minimp is, by a few rounds."""
    ratios = {}
    for number, operation in enumerate(map(bench.named, TIMED), 1):
        show.progress(f"speed {number}/{len(TIMED)}: {operation.work.title}")
        measured = bench.measure(operation, "free", ROUNDS, python)
        ratios[operation.name] = round(measured.ratio, 2)
    parts = ", ".join(f"{name} {ratio:,}" for name, ratio in ratios.items())
    text = f"times as fast: {parts} (medians of {ROUNDS} rounds)"
    return Row("speed", "bench", text, True, ratios)


def lines(python):
    """Return the Row of the lines of code."""
    *_, total = size.table(versions.release(python).library)
    text = f"{total.minimp.code:,} lines of code stand for {total.cpython.code:,}"
    text += f": {total.ratio:.0%}"
    figures = {"minimp": total.minimp.code, "cpython": total.cpython.code}
    return Row("size", "size", text, True, figures)


def moved(python):
    """Return the Row of what changed in CPython, in the versions at hand."""
    found = versions.releases()
    count = len(versions.changes(found))
    names = " to ".join(dict.fromkeys(one.name for one in (found[0], found[-1])))
    figures = {"versions": [one.name for one in found], "changes": count}
    text = f"CPython {names}: {count} changes in the files told"
    return Row("versions", "versions", text, True, figures)


ROWS = (programs, tests, speed, lines, moved)


def main(python=sys.executable, as_json=False):
    """Print the board, row by row; return 1 if one of them is not good."""
    version, rows = versions.release(python).name, []
    if not as_json:
        print(f"minimp beside CPython {version}\n")
        print(f"{'':10}{'verb':10}", flush=True)
    for function in ROWS:
        show.progress(f"{function.__name__} ...")
        try:
            row = function(python)
        except RuntimeError as error:
            row = Row(function.__name__, "", f"failed: {error}", False, {})
        finally:
            show.progress("")
        rows.append(row)
        if not as_json:
            print(f"{row.name:10}{row.verb:10}{row.text}", flush=True)
    if as_json:
        told = {"cpython": version, "rows": [row._asdict() for row in rows]}
        print(json.dumps(told, indent=2))
    else:
        print("\n`python -m compare VERB` explains a row; --help lists all verbs.")
    return 0 if all(row.good for row in rows) else 1
