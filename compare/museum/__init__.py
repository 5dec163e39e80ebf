"""The museum: what is broken in CPython's multiprocessing, shown by running it.

An exhibit is a module beside this file. Its docstring says what is wrong and what you
would expect. `main(mp)` prints what happens, in less than two seconds; it is run in a
process of its own, once under CPython and once under minimp. EXPECTED is the text that
it prints where all is well; `has_bug(lines)` tells from the printed lines whether the
bug is there. ISSUE is the number of an issue of CPython, None if there is none; PAIR
the pair whose code explains it. METHOD, if there, is the start method to run it under,
and MENDED the versions of CPython that have the bug no more: of each minor version the
first, and of the last one, such as (3, 14), also all that follow.
"""

import argparse
import functools
import importlib
import inspect
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from compare import interpreters, markup, pairs, probe, show, source

FOLDER = Path(__file__).parent
TIMEOUT = 10  # seconds for one run; it should take less than two
TWO = 2  # exhibits at a time: they wait more than they compute
STILL_THERE, MENDED, UNCLEAR = "still there", "mended", "unclear"
# So that a probe can say mp.managers, whichever mp is. A thread that still prints its
# traceback when the interpreter ends can make that abort.
PREPARE = """
import multiprocessing.connection, multiprocessing.heap, multiprocessing.managers
import multiprocessing.sharedctypes, threading
threading.excepthook = lambda failed: None
"""


class Shown(NamedTuple):
    """An exhibit, a module, and the Transcript of its run under each implementation."""

    exhibit: object
    cpython: probe.Transcript
    minimp: probe.Transcript

    @property
    def name(self):
        return self.exhibit.__name__.rpartition(".")[2]

    @property
    def title(self):
        return inspect.getdoc(self.exhibit).partition("\n")[0].rstrip(".")

    @property
    def story(self):
        """What the docstring says below the title: what you would expect."""
        return inspect.getdoc(self.exhibit).partition("\n\n")[2]

    @property
    def issue(self):
        """`gh-` and the number, or ""."""
        return f"gh-{self.exhibit.ISSUE}" if self.exhibit.ISSUE else ""

    def verdict(self, impl):
        return verdict(self.exhibit, getattr(self, impl))


def names():
    """Return the names of the exhibits, sorted."""
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def load(name):
    """Return the module of an exhibit; LookupError names what there is."""
    if name not in names():
        known = source.unknown("exhibit", name, source.near(name, names()))
        raise LookupError(f"{known}\n`python -m compare museum --help` lists all.")
    return importlib.import_module(f"{__name__}.{name}")


def verdict(exhibit, run):
    """Return one of three words: STILL_THERE, MENDED, or UNCLEAR.

    It is unclear where a run failed, or printed what stands neither for the bug nor for
    its absence.
    """
    if run.status == 0 and run.lines == exhibit.EXPECTED.splitlines():
        return MENDED
    if run.status == 0 and run.lines and exhibit.has_bug(run.lines):
        return STILL_THERE
    return UNCLEAR


def visit(chosen=None, python=sys.executable):
    """Run the named exhibits, in their order, and yield a Shown for each.

    No name means all, in the order in which minimp is read. Raises LookupError for an
    unknown name.
    """
    exhibits = [load(name) for name in chosen] if chosen else _all()
    with ThreadPoolExecutor(TWO) as pool:
        yield from pool.map(functools.partial(_show, python), exhibits)


def _all():
    order = list(pairs.load())
    return sorted(map(load, names()), key=lambda exhibit: order.index(exhibit.PAIR))


def _show(python, exhibit):
    method = getattr(exhibit, "METHOD", "fork")
    runs = [
        probe.run(exhibit.__file__, impl, method, python, TIMEOUT, PREPARE)
        for impl in ("cpython", "minimp")
    ]
    return Shown(exhibit, *runs)


# --- on the site ------------------------------------------------------------------


@functools.cache
def _visited():
    return list(visit()), interpreters.about(sys.executable).name


def markdown():
    """Return the table, each row linked to what `rooms` shows of it."""
    return table(*_visited(), "{{ref}}`{title} <{anchor}>`")


def table(shown, version, link="{title}"):
    """Return a Markdown table, a row an exhibit, and how many bugs are there."""
    head, rows = ["exhibit", "issue", f"CPython {version}", "minimp"], []
    for one in shown:
        title = link.format(title=one.title, anchor=_anchor(one))
        rows.append([title, _link(one), *map(one.verdict, probe.MODULES)])
    verdicts = markup.table(head, "|:--|:--|:--|:--|", rows)
    return f"{verdicts}\n\n{summary(shown, version)}"


def rooms():
    """Return all exhibits as Markdown: story, both outputs, probe."""
    shown, version = _visited()
    return "\n\n".join(room(one, version) for one in shown)


def room(one, version):
    """Return one exhibit as Markdown."""
    code = inspect.getsource(one.exhibit).split('"""\n', 1)[1].strip()
    parts = [
        f":::{{rubric}} {one.title}\n:name: {_anchor(one)}\n:heading-level: 3\n:::",
        one.story,
        f"```text\n{_both(one, version)}\n```",
        f"<details><summary>compare/museum/{one.name}.py</summary>",
        f"```python\n{code}\n```",
        "</details>",
        f"The code that explains it: {_pair(one.exhibit.PAIR)}.",
    ]
    if one.issue:
        parts[-1] += f" CPython's issue: {_link(one)}."
    return "\n\n".join(parts)


def _pair(name):
    """Return the way to a pair: a page that goes through it, else the terminal."""
    anchor = pairs.on_the_site().get(pairs.get(name).left)
    return f"[`{name}`](#{anchor})" if anchor else f"`python -m compare {name}`"


def _anchor(one):
    return f"museum-{one.name.replace('_', '-')}"


def _link(one):
    return markup.issue(one.exhibit.ISSUE) if one.issue else ""


# The site reads the page anew when one of these changes.
markdown.reads = rooms.reads = sorted(FOLDER.glob("*.py"))


# --- in the terminal --------------------------------------------------------------


def plain(one, version):
    """Return one exhibit as text."""
    head = f"== {one.name}: {one.title}"
    head = f"{head} ({one.issue})" if one.issue else head
    width, _ = show.terminal()
    fold = functools.partial(textwrap.wrap, width=width, break_on_hyphens=False)
    lines = [*fold(head, subsequent_indent="   "), *fold(one.story), ""]
    lines += [
        _both(one, version),
        f"explained by: python -m compare {one.exhibit.PAIR}",
    ]
    return "\n".join(lines)


def summary(shown, version):
    """Return how many bugs are there, in words."""
    sides = [
        f"{who}: {sum(one.verdict(impl) == STILL_THERE for one in shown)}"
        for impl, who in (("cpython", f"CPython {version}"), ("minimp", "minimp"))
    ]
    bugs = "1 bug" if len(shown) == 1 else f"{len(shown)} bugs"
    return f"Of {bugs}, still there in {', in '.join(sides)}."


def _both(one, version):
    """Return both verdicts, each with what was printed."""
    lines = []
    for impl, who in (("cpython", f"CPython {version}"), ("minimp", "minimp")):
        lines.append(f"{who}: {one.verdict(impl)}")
        lines += [f"    {line}" for line in _printed(getattr(one, impl))]
    return "\n".join(lines)


def _printed(run):
    """Return the lines that a run printed; where it failed, how, and its last words."""
    failed = [run.failure, *run.stderr.splitlines()[-1:]] if run.status != 0 else []
    return [*run.lines, *failed]


def main(argv):
    """Show the named exhibits, or all; return 1 if minimp has one or any is unclear."""
    options = _parser().parse_args(argv)
    shown, version = [], interpreters.about(options.python).name
    try:
        for one in visit(options.names, options.python):
            shown.append(one)
            if not options.markdown:
                print(plain(one, version), end="\n\n", flush=True)
    except LookupError as error:
        print(f"python -m compare museum: {error}", file=sys.stderr)
        return 2
    print((table if options.markdown else summary)(shown, version))
    unclear = any(one.verdict("cpython") == UNCLEAR for one in shown)
    return int(unclear or any(one.verdict("minimp") != MENDED for one in shown))


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare museum",
        description="Show what is broken in CPython's multiprocessing, by running it.",
        epilog="exhibits: " + ", ".join(names()),
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="an exhibit (all)")
    interpreters.add_option(parser)
    parser.add_argument("--markdown", action="store_true", help="print a table")
    return parser
