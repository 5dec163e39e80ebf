"""Counts the lines of both sides, file by file.

A *code line* holds code: it is not blank, not a comment, not part of a docstring.
"""

import argparse
import ast
import functools
import io
import sys
import sysconfig
import textwrap
import tokenize
from pathlib import Path
from typing import NamedTuple

from compare import interpreters, markup, show, source

CORE = "process heap semlock synchronize sharedctypes".split()
CORE += "connection queues pool managers context".split()
# The original is told in several files.
SPREAD = {"process": "process popen_fork popen_spawn_posix popen_forkserver spawn"}
# The original is a C file, and an interpreter is installed without it.
IN_C = {"semlock": "Modules/_multiprocessing/semaphore.c"}
NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


class Count(NamedTuple):
    """How many lines a file has, and how many of them are code."""

    lines: int
    code: int


class Row(NamedTuple):
    """One file of the table; `cpython` is None where the original is in C."""

    file: str
    cpython: Count | None
    minimp: Count

    @property
    def ratio(self):
        """minimp's code lines for each of CPython's; None without an original."""
        return self.minimp.code / self.cpython.code if self.cpython else None


@functools.cache  # several tables count the same files
def count(text):
    """Return the Count of a Python source text."""
    docstrings = filter(None, map(source.docstring, ast.walk(source.parse(text))))
    skipped = {(node.lineno, node.col_offset) for node in docstrings}
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NOT_CODE and token.start not in skipped:
            code.update(range(token.start[0], token.end[0] + 1))
    return Count(len(text.splitlines()), len(code))


def table(library=None):
    """Return a Row for each core file that minimp has, then one of the sums.

    CPython's files are those in `library`, the folder of a standard library; the
    running interpreter's if it is None.
    The sums are those of the files with an original in Python: the others would make
    minimp look larger than what it stands beside.
    """
    rows = []
    for name in CORE:
        path = source.ROOT / "minimp" / f"{name}.py"
        if path.exists():
            original = None if name in IN_C else _count_original(name, library)
            rows.append(Row(path.name, original, count(path.read_text("utf-8"))))
    both = [row for row in rows if row.cpython]
    cpython = Count(*map(sum, zip(*(row.cpython for row in both), strict=True)))
    minimp = Count(*map(sum, zip(*(row.minimp for row in both), strict=True)))
    return [*rows, Row("together", cpython, minimp)]


def markdown(python=sys.executable):
    """Return the table as Markdown, with what it leaves out below it."""
    _, version, library = interpreters.about(python)
    head = [f"CPython {version}", "minimp"]
    titles = ["file", *(f"{side}, {what}" for side in head for what in Count._fields)]
    rule = markup.line(["---", *["---:"] * 5])
    cells = map(_cells, table(library))
    counted = markup.table([*titles, "ratio of code"], rule, cells)
    return "\n".join([counted, "", *_notes()])


def plain(python=sys.executable):
    """Return the table as columns for a terminal."""
    _, version, library = interpreters.about(python)
    lines = [
        f"{'':16} {'CPython ' + version:>17} {'minimp':>17}",
        f"{'file':16} {'lines':>10} {'code':>6} {'lines':>10} {'code':>6} {'ratio':>8}",
    ]
    for row in table(library):
        file, a, b, c, d, ratio = _cells(row)
        line = f"{file:16} {a:>10} {b:>6} {c:>10} {d:>6} {ratio:>8}"
        lines.append(line.rstrip())
    columns, _ = show.terminal()
    notes = textwrap.wrap(" ".join(_notes()), min(columns, 88))
    return "\n".join([*lines, "", *notes])


def main(argv):
    """Print the table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m compare size", description="Count the lines, file by file."
    )
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown")
    interpreters.add_option(parser)
    options = parser.parse_args(argv)
    print((markdown if options.markdown else plain)(options.python))
    return 0


def _count_original(name, library):
    where = sysconfig.get_path("stdlib") if library is None else library
    folder = Path(where, "multiprocessing")
    files = [folder / f"{each}.py" for each in SPREAD.get(name, name).split()]
    counts = [count(file.read_text("utf-8")) for file in files]
    return Count(*map(sum, zip(*counts, strict=True)))


def _cells(row):
    """Return the figures of a row as six str."""
    if row.cpython is None:
        return [row.file, "in C", "", *map(str, row.minimp), ""]
    figures = map(str, row.cpython + row.minimp)
    return [row.file, *figures, f"{row.ratio:.0%}"]


def _notes():
    """Return what the table needs said, one sentence a line."""
    yield "Code: no blank lines, comments or docstrings; ratio: of the code lines."
    for name, original in IN_C.items():
        yield f"The original of {name}.py is {original}, which is not installed"
        yield "with an interpreter; it is not part of the sums."
    for name, originals in SPREAD.items():
        files = [f"{each}.py" for each in originals.split()]
        listed = f"{', '.join(files[:-1])} and {files[-1]}"
        yield f"The original of {name}.py is counted in {listed}."
