"""Counts on one screen how the two compare: a row for each verb that says more."""

import contextlib
import functools
import json
import sys
import textwrap
from typing import NamedTuple

from compare import (
    api,
    bench,
    interpreters,
    museum,
    probe,
    show,
    size,
    source,
    suite,
    tracebacks,
    versions,
)

ROUNDS = 5
TIMED = {  # operations of `bench`
    "value": "reading and writing a Value",
    "lock": "adding 1 under its lock",
    "new": "making one",
    "call": "a call to a manager",
    "proxy": "making an object in it",
}
MARGIN = 12  # columns that the verbs take
README = source.ROOT / "README.md"
MORE = "`python -m compare VERB` says more about a row: try `python -m compare api`."


class Row(NamedTuple):
    """One line of the board: a verb, its result in words, and in figures.

    `good` is False for what should not be so, such as a program that differs.
    """

    verb: str
    text: str
    good: bool
    figures: dict


def main(python=sys.executable, as_json=False):
    """Print the board, row by row; return 1 if one of them is not good."""
    version, rows = interpreters.about(python).name, []
    if not as_json:
        print(f"minimp beside the multiprocessing of CPython {version}\n", flush=True)
    with contextlib.closing(counting(python)) as verbs:
        for verb, count in verbs:
            show.progress(f"{verb} ...")
            try:
                row = count()
            except RuntimeError as error:
                row = Row(verb, f"failed: {error}", False, {})
            finally:
                show.progress("")
            rows.append(row)
            if not as_json:
                print(plain(row), flush=True)
    if as_json:
        told = {"cpython": version, "rows": [row._asdict() for row in rows]}
        print(json.dumps(told, indent=2))
    else:
        print(f"\n{MORE}")
    return 0 if all(row.good for row in rows) else 1


def plain(row):
    """Return a Row as it is printed; one that is not good is marked."""
    return textwrap.fill(
        row.text,
        min(show.terminal()[0], 80),
        initial_indent=f"{'' if row.good else '! '}{row.verb}".ljust(MARGIN),
        subsequent_indent=" " * MARGIN,
        break_on_hyphens=False,
    )


def shown():
    """Return the board that the README shows, as Markdown."""
    text = README.read_text("utf-8")
    return text.partition("<!-- board -->\n")[2].partition("<!-- /board -->")[0]


shown.reads = [README]  # the site reads its page anew when this changes


def counting(python):
    """Yield, row by row, its verb and the function that returns the Row."""
    with contextlib.ExitStack() as stack:
        tests = begin_tests(python, stack)  # they mostly wait, while the programs run
        yield "api", functools.partial(names, python)
        yield "run", functools.partial(programs, python)
        yield "suite", tests
    # The last has the machine to itself.
    rest = {"museum": bugs, "errors": errors, "versions": moved, "size": lines}
    for verb, count in (rest | {"bench": speed}).items():
        yield verb, functools.partial(count, python)


# --- the rows ---------------------------------------------------------------------


def names(python):
    """Return the Row of what both offer."""
    found = api.table(python)
    same, every = api.score(found)
    unexplained = [row.name for row in found if row.unexplained]
    text = f"{same} of the {every} public names and parameters of CPython are the same "
    text += "in minimp; each of the others has its reason."
    if unexplained:
        text += f" Not so: {', '.join(unexplained)}."
    figures = {"same": same, "all": every, "unexplained": unexplained}
    return Row("api", text, not unexplained, figures)


def programs(python):
    """Return the Row of the programs that print the same under both."""
    known, other = probe.names(), []
    for number, name in enumerate(known, 1):
        show.progress(f"run {number}/{len(known)}: {name}")
        runs = [probe.run(name, impl, "fork", python) for impl in probe.MODULES]
        if probe.verdict(runs) != "same":
            other.append(name)
    same = len(known) - len(other)
    text = f"{same} of {len(known)} example programs print the same with CPython and "
    text += "with minimp."
    text += f" Not so: {', '.join(other)}." if other else ""
    return Row("run", text, not other, {"same": same, "all": len(known), "not": other})


def begin_tests(python, stack):
    """Start CPython's tests; return the function that waits for them."""
    try:
        told = stack.enter_context(suite.begun(python))
    except LookupError as error:
        return functools.partial(Row, "suite", f"Not run: {error}.", True, {})
    return functools.partial(tests, python, told)


def tests(python, told):
    """Return the Row of CPython's own tests; `told` is what `suite.begun` gives."""
    try:
        ran = suite.ended(told, lambda text: show.progress(f"suite {text}"))
    except LookupError as error:
        return Row("suite", f"Not run: {error}.", True, {})
    score = suite.score(interpreters.about(python).name, *ran)
    counts = {verdict: score.total(verdict) for verdict in suite.VERDICTS}
    text = "{passed} of CPython's own tests pass on minimp, {failed} fail; {left out} "
    text += "are left out, each with a reason; {not run} slow ones were not run."
    text = text.format(**counts)
    if counts[suite.UNTOUCHED]:
        text += f" {counts[suite.UNTOUCHED]} passed without it, and prove nothing."
    return Row("suite", text, score.is_good, counts | {"unbound": score.unbound})


def bugs(python):
    """Return the Row of CPython's bugs."""
    shown, count = [], len(museum.names())
    for one in museum.visit(python=python):
        shown.append(one)
        show.progress(f"museum {len(shown)}/{count}: {one.name}")
    found = {
        impl: [one.name for one in shown if one.verdict(impl) == museum.STILL_THERE]
        for impl in probe.MODULES
    }
    unclear = [
        one.name for one in shown if museum.UNCLEAR in map(one.verdict, probe.MODULES)
    ]
    text = f"Of {count} bugs found in CPython, this one has {len(found['cpython'])}, "
    text += f"minimp {len(found['minimp'])}."
    text += f" Unclear: {', '.join(unclear)}." if unclear else ""
    figures = {"all": count, "unclear": unclear} | found
    return Row("museum", text, not (found["minimp"] or unclear), figures)


def errors(python):
    """Return the Row of the error messages that are explained."""
    entries, silent = len(tracebacks.load()), len(tracebacks.silent())
    text = f"{entries} errors explained: find yours by the last line of its traceback,"
    text += ' as in `python -m compare errors "has no len"`.'
    return Row("errors", text, True, {"errors": entries, "silent": silent})


def moved(python):
    """Return the Row of what changed in CPython, in the versions at hand."""
    found = versions.releases()
    count = len(versions.changes(found))
    figures = {"versions": [one.name for one in found], "changes": count}
    text = f"Only CPython {found[0].name} is here: nothing to compare it with."
    if len(found) > 1:
        text = f"{count} changes from CPython {found[0].name} to {found[-1].name}, in "
        text += "the files that minimp tells again."
    return Row("versions", text, True, figures)


def lines(python):
    """Return the Row of the lines of code."""
    *_, total = size.table(interpreters.about(python).library)
    text = f"minimp has {total.minimp.code:,} lines of code, CPython "
    text += f"{total.cpython.code:,} in the same files: {total.ratio:.0%}."
    figures = {"minimp": total.minimp.code, "cpython": total.cpython.code}
    return Row("size", text, True, figures)


def speed(python):
    """Return the Row of how many times faster minimp is, by a few rounds."""
    ratios, parts = {}, []
    for number, (name, what) in enumerate(TIMED.items(), 1):
        show.progress(f"bench {number}/{len(TIMED)}: {what}")
        measured = bench.measure(bench.named(name), "free", ROUNDS, python)
        ratios[name] = round(measured.ratio, 2)
        parts.append(f"{what} {measured.ratio:.1f}")
    text = f"How many times as fast minimp is, by {ROUNDS} quick rounds: "
    return Row("bench", f"{text}{', '.join(parts)}.", True, ratios)
