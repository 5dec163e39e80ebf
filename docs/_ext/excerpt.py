"""The lines of one symbol, ready for a page: found by pattern, highlighted.

A *pattern* names lines by what they say, never by number:

    text            a part of one line
    /regex/         searched for in one line
    first\\nsecond   lines that follow each other, each matched by a part
    old || 3.13: new    `old`, and `new` from Python 3.13 on
    -               nothing: this side has no such lines
    - words         nothing here; the words say where it is instead
"""

import difflib
import platform
import re
import sys
from dataclasses import dataclass
from functools import cached_property

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from compare.pairs import Symbol
from compare.versions import Release

NEAREST = 3  # lines that an error proposes


class PatternError(ValueError):
    """A pattern does not name the lines it should."""


def for_version(option: str, version: tuple[int, ...] = sys.version_info) -> str:
    """The pattern in *option* that counts for *version* of Python.

    Alternatives after `||` begin with the version that they count from.
    """
    first, *later = (part.strip() for part in option.split("||"))
    chosen = first
    for part in later:
        match = re.match(r"(\d+)\.(\d+):\s*(.+)", part, re.DOTALL)
        if not match:
            raise PatternError(f"{part!r} should read like '3.13: pattern'")
        if tuple(version[:2]) >= (int(match[1]), int(match[2])):
            chosen = match[3]
    return chosen


def absent(pattern: str) -> str | None:
    """The words of a *pattern* that says "nothing", often none; else None."""
    dash, _, words = pattern.partition(" ")
    return words.strip() if dash == "-" else None


def _tests(pattern: str) -> list:
    """One test a line: callables that take the line's text."""
    if len(pattern) > 2 and pattern[0] == pattern[-1] == "/":
        return [re.compile(pattern[1:-1]).search]
    parts = (part.strip() for part in pattern.split("\\n"))
    return [lambda line, part=part: part in line for part in parts]


@dataclass(frozen=True)
class Excerpt:
    """One symbol's source: its lines, where they stand, what they look like.

    `release` is the CPython that it was read from, and `versions` are all that have
    the same lines; neither is said of minimp's, nor where no other is looked at.
    """

    symbol: Symbol
    release: Release | None = None
    versions: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        return self.release.name if self.release else platform.python_version()

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.release.numbers if self.release else sys.version_info[:3]

    @property
    def dotted(self) -> str:
        return self.symbol.dotted

    @property
    def lines(self) -> tuple[str, ...]:
        return self.symbol.lines

    def number(self, index: int) -> int:
        """The line number in the file of line *index* of the excerpt."""
        return self.symbol.first + index

    @cached_property
    def html(self) -> tuple[str, ...]:
        """The lines as Pygments' HTML, highlighted as a whole and then cut."""
        text = "\n".join(self.lines)
        lexer = PythonLexer(stripnl=False, ensurenl=False)
        lines = highlight(text, lexer, HtmlFormatter(nowrap=True)).split("\n")
        return tuple(lines[: len(self.lines)])

    def find(self, pattern: str, start: int = 0, stop: int | None = None) -> list[int]:
        """Indexes in [start, stop) of the lines where *pattern* begins."""
        tests = _tests(pattern)
        stop = len(self.lines) if stop is None else stop
        last = min(stop, len(self.lines) - len(tests) + 1)
        return [
            i
            for i in range(start, last)
            if all(test(self.lines[i + k]) for k, test in enumerate(tests))
        ]

    def only(self, pattern: str) -> int:
        """Index of the one line where *pattern* begins; else PatternError."""
        hits = self.find(pattern)
        if len(hits) == 1:
            return hits[0]
        numbers = ", ".join(str(self.number(i)) for i in hits)
        what = f"lines {numbers}" if hits else "no line"
        raise PatternError(f"{pattern!r} matches {what} {self.where(pattern)}")

    def where(self, pattern: str, start: int = 0, stop: int | None = None) -> str:
        """What an error says: symbol, Python, and the lines nearest *pattern*."""
        python = f"Python {self.version}"
        wanted = pattern.partition("\\n")[0].strip(" /")
        lines = {line.strip(): None for line in self.lines[start:stop]}
        near = difflib.get_close_matches(wanted, lines, NEAREST, 0.4)
        hint = "; nearest: " + " | ".join(near) if near else ""
        return f"of {self.dotted} ({python}){hint}"
