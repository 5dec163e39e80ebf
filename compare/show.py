"""Prints two texts side by side, lined up where they say the same.

A *painted* line is a list of (character, code): the code is the terminal's number
for a colour, or "" for none. So a line can be cut and padded whatever its colours.
"""

import difflib
import itertools
import os
import pydoc
import shutil
import sys
from itertools import zip_longest
from pathlib import Path

from compare import interpreters

try:  # comes with Sphinx; without it the code has one colour
    import pygments.lexers
    from pygments.token import Comment, Keyword, Literal, Name, String
except ImportError:
    pygments = None

SIDE_BY_SIDE = 100  # columns; in less, one side stands above the other
GUTTER = 3  # columns between the two sides
ALIKE = 0.6  # lines at least that similar are shown as forms of each other
BOLD, GREEN, BLUE, MAGENTA, CYAN, GREY = "1", "32", "34", "35", "36", "90"


def show_pair(pair, width, colour, python=sys.executable):
    """Return both sides of a `pairs.Pair` as a text of `width` columns.

    CPython's side is that of the interpreter at the path `python`.
    """
    _, version, library = interpreters.about(python)
    sides, who = [], [f"CPython {version}", "minimp"]
    for name, symbol in zip(who, pair.sides(library), strict=True):
        head = [name, symbol.dotted, f"{_short(symbol.path)}:{_range(symbol)}"]
        body = symbol.lines
        sides.append((head, _highlighted(body) if colour else plain(body)))
    return show_two(*sides, width, colour)


def show_two(left, right, width, colour):
    """Return two sides, each (head: list of str, body: painted lines), as one text.

    They stand one above the other if there are fewer than SIDE_BY_SIDE columns and
    a line would be too long for half of them.
    """
    code = BOLD if colour else ""
    left, right = [(plain(head, code), body) for head, body in (left, right)]
    cell = (width - GUTTER) // 2
    longest = max(map(len, left[1] + right[1]), default=0)
    if width < SIDE_BY_SIDE and longest > cell:
        lines = [*left[0], [], *left[1], [], *right[0], [], *right[1]]
        pieces = [piece for line in lines for piece in wrap(line, width)]
        return "\n".join(map(_render, pieces))
    rows = [(a or [], " ", b or []) for a, b in zip_longest(left[0], right[0])]
    rows.append(([], " ", []))
    rows += _rows(left[1], right[1])
    return "\n".join(line for row in rows for line in _beside(*row, cell))


def align(left, right):
    """Line up two lists of str; return rows (index or None, mark, index or None).

    Marks are those of `diff -y`: " " equal, "|" different, "<" and ">" only on that
    side. The indent counts for the mark, but not for what stands beside what.
    """
    stripped = [[line.strip() for line in side] for side in (left, right)]
    rows, i, j = [], 0, 0
    for a, b in [*_best_matches(*stripped), (len(left), len(right))]:
        for one, other in zip_longest(range(i, a), range(j, b)):
            mark = ">" if one is None else "<" if other is None else "|"
            rows.append((one, mark, other))
        if a < len(left):
            rows.append((a, " " if left[a] == right[b] else "|", b))
        i, j = a + 1, b + 1
    return rows


def wrap(line, width):
    """Cut a painted line into pieces of up to `width` columns.

    It is cut behind a blank, else behind a slash, else anywhere; all pieces but the
    first hang two columns deeper than the line's indent.
    """
    text = _text(line)
    indent = len(text) - len(text.lstrip())
    hang = indent + 2 if indent + 2 < width // 2 else 2
    pieces, start, room = [], 0, width
    while len(text) - start > room:
        cuts = [text.rfind(c, start, start + room) + 1 for c in " /"]
        cut = next((cut for cut in cuts if text[start:cut].strip()), start + room)
        pieces.append(line[start:cut])
        start, room = cut, width - hang
    pieces.append(line[start:])
    first, *rest = [_stripped(piece) for piece in pieces]
    return [first, *([(" ", "")] * hang + piece for piece in rest)]


def plain(lines, code=""):
    """Return lines of str as painted lines, all in one colour."""
    return [[(c, code) for c in line] for line in lines]


def terminal():
    """Return (columns, whether standard output takes colours)."""
    takes = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return shutil.get_terminal_size().columns, takes and not os.environ.get("NO_COLOR")


def page(text):
    """Print `text`; through the pager if it is longer than the terminal."""
    if sys.stdout.isatty() and text.count("\n") >= shutil.get_terminal_size().lines:
        os.environ.setdefault("LESS", "-R")  # colours are shown, not spelt out
        pydoc.pager(text)
    else:
        print(text)


def progress(text):
    """Show a line on a terminal until the next one; "" takes it away.

    It is cut where it would be too long.
    """
    if sys.stderr.isatty():
        text = text[: shutil.get_terminal_size().columns - 1]
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _best_matches(left, right):
    """Return the rising (i, j) whose lines are most alike taken together."""
    likeness = _likeness(left, right)
    # best[i][j]: how alike left[i:] and right[j:] are
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            both = likeness.get((i, j), 0) + best[i + 1][j + 1]
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    matches, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            matches.append((i, j))
            i, j = i + 1, j + 1
    return matches


def _likeness(left, right):
    """Return {(i, j): up to 1.0} for the lines that are alike; blank ones hardly."""
    likeness = {}
    matcher = difflib.SequenceMatcher(autojunk=False)
    for j, b in enumerate(right):
        matcher.set_seq2(b)  # which it analyses once
        for i, a in enumerate(left):
            matcher.set_seq1(a)
            if a == b:
                likeness[i, j] = 1.0 if a else 0.1
            elif matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE:
                ratio = matcher.ratio()
                if ratio > ALIKE:
                    likeness[i, j] = ratio
    return likeness


def _highlighted(lines):
    """Return Python code as painted lines."""
    if pygments is None:
        return plain(lines)
    colours = {Comment: GREY, Keyword: BLUE, String: GREEN, Literal: CYAN}
    colours |= {Name.Function: BOLD, Name.Class: BOLD, Name.Decorator: MAGENTA}
    painted = [[]]
    lexer = pygments.lexers.PythonLexer(stripnl=False, ensurenl=False)
    for token, text in lexer.get_tokens("\n".join(lines)):
        code = next((colours[kind] for kind in colours if token in kind), "")
        first, *rest = text.split("\n")
        painted[-1] += [(c, code) for c in first]
        painted += [[(c, code) for c in line] for line in rest]
    return painted


def _rows(left, right):
    """Return the rows of two lists of painted lines: (line, mark, line)."""
    rows = align(list(map(_text, left)), list(map(_text, right)))
    return [
        ([] if a is None else left[a], mark, [] if b is None else right[b])
        for a, mark, b in rows
    ]


def _beside(left, mark, right, cell):
    """Return one row as printed lines: more than one if a side has to be wrapped."""
    pieces = zip_longest(wrap(left, cell), wrap(right, cell))
    marks = itertools.chain([mark], itertools.repeat(" "))
    return [
        f"{_render(a or [], cell)} {m} {_render(b or [])}".rstrip()
        for m, (a, b) in zip(marks, pieces, strict=False)
    ]


def _render(line, width=0):
    """Return a painted line as str, with blanks up to `width` columns."""
    out = []
    for code, group in itertools.groupby(line, lambda pair: pair[1]):
        text = _text(group)
        out.append(f"\033[{code}m{text}\033[0m" if code else text)
    return "".join(out) + " " * (width - len(line))


def _stripped(line):
    """Return a painted line without blanks at its end."""
    return line[: len(_text(line).rstrip())]


def _text(line):
    return "".join(c for c, _ in line)


def _range(symbol):
    first, last = symbol.first, symbol.last
    return f"{first}-{last}" if last > first else f"{first}"


def _short(path):
    """Return `path` as seen from the current directory, if it is in it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
