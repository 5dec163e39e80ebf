"""Compares what both packages offer, name by name and parameter by parameter.

Nothing is typed by hand: `inventory` finds what there is, and the tags in minimp's
sources give the reasons (see `tags`).
"""

import argparse
import functools
import itertools
import json
import os
import re
import subprocess
import sys
import textwrap
from collections import Counter
from typing import NamedTuple

from compare import interpreters, inventory, markup, probe, show, source, tags

PACKAGE = "package"  # how the package itself is called here
MODULES = (PACKAGE, *inventory.MODULES)
SAME, DIFFERS, LEFT_OUT, ONLY = STATUSES = "same", "differs", "left out", "only minimp"
NO_REASON = "NO REASON GIVEN"
TIMEOUT = 60  # seconds for one interpreter
SINCE = re.compile(r"CPython: ([\w.]+), since (3\.\d+)")


class Row(NamedTuple):
    """One name, or one parameter: then `name` is "sharedctypes.Value(ctx)".

    `cpython` and `minimp` say how it is declared, "" where it is not; `reason` is
    that of a tag, "" where none names it.
    """

    name: str
    status: str
    cpython: str
    minimp: str
    reason: str

    @property
    def module(self):
        """The module's name, or PACKAGE."""
        module, dot, _ = self.name.partition("(")[0].partition(".")
        return module if dot else PACKAGE

    @property
    def short(self):
        """The name without the module's."""
        return self.name.removeprefix(f"{self.module}.")

    @property
    def unexplained(self):
        """Whether the row needs a reason and has none."""
        return self.status in (DIFFERS, LEFT_OUT) and not self.reason


@functools.cache
def asked(package, python=sys.executable):
    """Return (version, {name: entry}), as `inventory` finds them in an interpreter.

    Either package is called "mp" there, so that texts can be compared. OSError where
    the interpreter does not start, RuntimeError with what it said where it fails.
    """
    code = "from compare import inventory; inventory.main()"
    done = subprocess.run(
        [python, "-P", "-c", code, package],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(source.ROOT), "PYTHONUTF8": "1"},
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise RuntimeError(f"{python} failed:\n{done.stderr.strip()}")
    answer = json.loads(probe.normalised(done.stdout))
    return answer["version"], answer["names"]


def table(python=sys.executable):
    """Return the Rows of all modules; CPython's side is that of `python`."""
    cpython, minimp = asked("multiprocessing", python)[1], asked("minimp")[1]
    return rows(cpython, minimp, *_told())


def rows(cpython, minimp, notes, since):
    """Return a Row for each name, in CPython's order, parameters after their function.

    `cpython` and `minimp` are {name: entry}; `notes` lists (module, `tags.Note`);
    `since` maps a name to the version in which CPython got it.
    """
    found = []
    for name in dict.fromkeys([*cpython, *minimp]):
        one, other = cpython.get(name), minimp.get(name)
        if not _is_listed(name, one, other, cpython, minimp):
            continue
        both = [(name, one, other)]
        if one and other and name[-2:] != "__":  # Python calls those by position
            both += _parameters(name, one, other)
        for name, one, other in both:
            status = _status(one, other)
            reason = ""
            if status == ONLY and name in since:
                reason = f"CPython has it since {since[name]}."
            elif status in (DIFFERS, LEFT_OUT):
                reason = _reason(name, cpython, minimp, notes)
            found.append(Row(name, status, _text(one), _text(other), reason))
    return found


def _is_listed(name, one, other, cpython, minimp):
    """Return whether a name has a row of its own: not so what is inherited, and what
    a class has that is not on both sides."""
    owner, _, _ = name.rpartition(".")
    if "." in owner and not (owner in cpython and owner in minimp):
        return False
    return any(entry and entry.get("own", True) for entry in (one, other))


def _parameters(name, one, other):
    """Yield (name, CPython's, minimp's) for the parameters of a function."""
    sides = [
        {parameter[0]: parameter for parameter in entry.get("parameters", ())}
        for entry in (one, other)
    ]
    for parameter in dict.fromkeys(itertools.chain(*sides)):
        a, b = (side.get(parameter) for side in sides)
        yield f"{name}({parameter})", a, b


def _status(one, other):
    if one is None or other is None:
        return ONLY if one is None else LEFT_OUT
    return SAME if _essence(one) == _essence(other) else DIFFERS


def _essence(entry):
    """Return what has to be the same; parameters have rows of their own."""
    if isinstance(entry, list):
        return entry
    bases = entry["bases"] if entry["kind"] == "exception" else []
    return entry["kind"], entry.get("value"), bases


def _text(entry):
    """Return how a name is declared, "" for None."""
    if isinstance(entry, list):
        return entry[2]
    if entry is None or entry.get("value"):
        return entry["value"] if entry else ""
    bases = entry["bases"] if entry["kind"] == "exception" else ()
    return " ".join([entry["kind"] + entry.get("signature", ""), *bases])


def _told():
    """Return the notes and the versions that minimp's sources tell, as `rows` asks."""
    notes, since = [], {}
    for path in sorted((source.ROOT / "minimp").glob("*.py")):
        module = PACKAGE if path.stem == "__init__" else path.stem
        for tag in tags.TAGS.values():
            notes += [(module, note) for note in tags.notes(path, tag)]
        since |= dict(SINCE.findall(path.read_text("utf-8")))
    return notes, since


def _reason(name, cpython, minimp, notes):
    """Return the text of the note that names a name; "" if there is none.

    It stands in its function, its class, a base of that, or at the top of its file;
    what a note leaves out stands before its two hyphens.
    """
    row = Row(name, "", "", "", "")
    symbol, _, parameter = row.short.partition("(")
    owner, _, last = symbol.rpartition(".")
    cls = owner or last
    entries = [side.get(f"{row.module}.{cls}", {}) for side in (cpython, minimp)]
    classes = {cls}.union(*(entry.get("bases", ()) for entry in entries))
    scopes = {"", *classes, *(f"{one}.{last}" for one in classes)}
    words = [last, *(f"{one}.{last}" for one in classes)]
    if parameter:
        words = [parameter[:-1], *(f"{word}({parameter}" for word in words)]
    words = "|".join(map(re.escape, words))
    named = re.compile(rf"(?<![\w.(])(?:{words})(?!\w)")
    return next(
        (
            note.text
            for module, note in notes
            if module == row.module
            and note.symbol in scopes
            and named.search(note.text.partition(" -- ")[0])
        ),
        "",
    )


def counts(found):
    """Return {module: Counter of statuses} for Rows, those of all as "together"."""
    totals = {module: Counter() for module in (*MODULES, "together")}
    for row in found:
        totals[row.module][row.status] += 1
        totals["together"][row.status] += 1
    return totals


def plain(modules, python=sys.executable):
    """Return the table for a terminal; with `modules`, all about these."""
    found = table(python)
    width, _ = show.terminal()
    head = f"CPython {asked('multiprocessing', python)[0]} and minimp"
    lines = [f"{head:28}" + "".join(f"{status:>13}" for status in STATUSES)]
    for module, totals in counts(found).items():
        cells = "".join(f"{totals[status]:>13}" for status in STATUSES)
        lines.append(f"{module:28}{cells}")
    for module in modules or MODULES:
        lines += ["", module]
        for status, reason, group in _groups(found, module):
            if modules or status != SAME:
                lines += _paragraph(status, reason, group, width)
    lines += ["", f"{sum(row.unexplained for row in found)} without a reason."]
    return "\n".join(lines)


def _groups(found, module):
    """Yield (status, reason, Rows) for what has one reason in common, in order."""
    groups = {}
    for row in found:
        if row.module == module:
            reason = NO_REASON if row.unexplained else row.reason
            groups.setdefault((STATUSES.index(row.status), reason), []).append(row)
    for status, reason in sorted(groups, key=lambda key: key[0]):
        yield STATUSES[status], reason, groups[status, reason]


def _paragraph(status, reason, group, width):
    """Return the lines for a group of Rows."""
    fill = functools.partial(
        textwrap.wrap, width=width, break_on_hyphens=False, subsequent_indent=" " * 6
    )
    lines = fill(f"  {status}: {', '.join(_names(group))}")
    if status == DIFFERS:
        for row in group:
            lines += fill(
                f"    {row.short}: CPython {row.cpython}, minimp {row.minimp}"
            )
    return lines + (fill(f"    {reason}") if reason else [])


def _names(group):
    """Return the names of Rows, the parameters together with their function."""
    called = {}
    for row in group:
        name, _, parameter = row.short.rstrip(")").partition("(")
        called.setdefault(name, []).extend([parameter] if parameter else [])
    return [f"{n}({', '.join(ps)})" if ps else n for n, ps in called.items()]


def score(found):
    """Return (how many of CPython's names and parameters are the same, of how many)."""
    together = counts(found)["together"]
    return together[SAME], together.total() - together[ONLY]


def scored():
    """Return the score in words."""
    return "{} of {}".format(*score(table()))


def summary():
    """Return the counts as a table in Markdown."""
    lines = []
    for module, totals in counts(table()).items():
        name = module if module in (PACKAGE, "together") else f"`{module}`"
        lines.append([name, *(str(totals[status]) for status in STATUSES)])
    rule = markup.line([":--", *["--:"] * len(STATUSES)])
    return markup.table(["", *STATUSES], rule, lines)


def markdown(modules=MODULES, python=sys.executable):
    """Return what is compared as Markdown, module by module."""
    found = table(python)
    blocks = []
    for module in modules:
        title = "the package" if module == PACKAGE else f"`{module}`"
        blocks.append(f"**{title}**")
        blocks += [_block(*group) for group in _groups(found, module)]
    return "\n\n".join(blocks)


def _block(status, reason, group):
    """Return a group of Rows as a paragraph, or as a table where both sides differ."""
    names = textwrap.fill(", ".join(map(_code, _names(group))), 88)
    reason = tags.sentence(reason)
    if status == SAME:  # many: they open when asked for
        head = f"<details><summary>{status} ({len(group)})</summary>"
        return f"{head}\n\n{names}\n\n</details>"
    if status != DIFFERS:
        text = f"*{status}* ({len(group)}): {names}"
        return f"{text}  \n{reason}" if reason else text
    cells = [map(_code, (row.short, row.cpython, row.minimp)) for row in group]
    declared = markup.table(["name", "CPython", "minimp"], "| --- | --- | --- |", cells)
    return f"*{status}* ({len(group)}): {reason}\n\n{declared}"


def _code(text):
    return f"`{text}`".replace("|", r"\|") if text else ""


def main(argv):
    """Print the comparison; return 1 if a reason is missing."""
    options = _parser().parse_args(argv)
    modules = options.modules
    if unknown := [module for module in modules if module not in MODULES]:
        known = ", ".join(MODULES)
        print(
            f"python -m compare api: no module {unknown[0]!r}: {known}", file=sys.stderr
        )
        return 2
    try:
        if options.markdown:
            text = markdown(modules or MODULES, options.python)
        else:
            text = plain(modules, options.python)
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"python -m compare api: {error}", file=sys.stderr)
        return 2
    print(text) if options.markdown else show.page(text)
    return int(any(row.unexplained for row in table(options.python)))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare api",
        description="Compare what both packages offer, by name and by parameter.",
        epilog=f"modules: {', '.join(MODULES)}",
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="show all about this one"
    )
    interpreters.add_option(parser)
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown")
    return parser
