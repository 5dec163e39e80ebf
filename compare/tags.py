"""The notes that minimp's own comments hold, by their tag.

    # Left out: <what> -- <why>
    # Differs: <what> (<the test that shows it>)

A note runs on to the end of its block of comment lines.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from compare import source

TAGS = {"left-out": "Left out", "differs": "Differs"}
ANY_TAG = re.compile(r"(Left out|Differs|CPython): ")


class Note(NamedTuple):
    """One tagged comment: its text, the symbol around it, where it stands."""

    text: str
    symbol: str  # "" at the top of a file
    path: Path
    line: int


def notes(path: Path, tag: str) -> Iterator[Note]:
    """The notes of *path* with *tag*, 'Left out' or 'Differs', in file order."""
    text = path.read_text("utf-8")
    spans = list(_spans(source.parse(text).body))
    lines = text.splitlines()
    for index, line in enumerate(lines):
        comment = _comment(line)
        if comment is None or not comment.startswith(tag + ": "):
            continue
        text = " ".join([comment, *_continued(lines[index + 1 :])])
        symbol = _enclosing(spans, index + 1)
        yield Note(text.removeprefix(tag + ": "), symbol, path, index + 1)


def _comment(line: str) -> str | None:
    match = re.match(r"\s*#\s?(.*)", line)
    return match and match[1].strip()


def _continued(lines: list[str]) -> Iterator[str]:
    """The lines of the same comment block, up to its end or the next tag."""
    for line in lines:
        comment = _comment(line)
        if not comment or ANY_TAG.match(comment):
            return
        yield comment


def _spans(body, outer: str = "") -> Iterator[tuple[int, int, str]]:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            name = f"{outer}.{node.name}".strip(".")
            yield node.lineno, node.end_lineno, name
            yield from _spans(node.body, name)


def _enclosing(spans, line: int) -> str:
    around = [name for first, last, name in spans if first <= line <= last]
    return around[-1] if around else ""


def sentence(text: str) -> str:
    """A note as inline Markdown: the test's name as code, a dash for two hyphens."""
    text = re.sub(r"\((test_\w+)\)", r"(`\1`)", text)
    return text.replace(" -- ", " — ")
