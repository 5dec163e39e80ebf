"""`{tags}`: the notes that minimp's own comments hold, collected by file.

    # Left out: <what> -- <why>
    # Differs: <what> (<the test that shows it>)

A note runs on to the end of its block of comment lines. `:module: heap` shows the
notes of one file alone, as at the end of a chapter.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .sources import PACKAGE, page_name

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
    source = path.read_text("utf-8")
    spans = list(_spans(ast.parse(source).body))
    lines = source.splitlines()
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


class TagsDirective(SphinxDirective):
    """One list a file: symbol, linked to its line, and what the note says."""

    required_arguments = 1
    option_spec = {"module": directives.unchanged_required}

    def run(self):
        kind = directives.choice(self.arguments[0], tuple(TAGS))
        paths = sorted(PACKAGE.glob(self.options.get("module", "*") + ".py"))
        if not paths:
            raise self.error(f"tags: no file {self.options['module']}.py in minimp")
        found = []
        for path in paths:
            self.env.note_dependency(str(path))
            items = [self.item(note) for note in notes(path, TAGS[kind])]
            if items and "module" not in self.options:
                title = nodes.literal("", f"minimp/{path.name}")
                found.append(nodes.rubric("", "", title))
            if items:
                found.append(nodes.bullet_list("", *items, classes=["notes"]))
        return found or [self.nothing()]

    def item(self, note):
        link = nodes.reference("", "", internal=True)
        link["listing"] = page_name(note.path), f"L{note.line}"
        link += nodes.literal("", note.symbol or note.path.name)
        inline, messages = self.parse_inline(sentence(note.text))
        line = nodes.paragraph("", "", link, nodes.Text(": "), *inline)
        self.set_source_info(line)
        return nodes.list_item("", line, *messages)

    def nothing(self):
        return nodes.paragraph("", "Nothing.", translatable=False)


def sentence(text: str) -> str:
    """A note as inline Markdown: the test's name as code, a dash for two hyphens."""
    text = re.sub(r"\((test_\w+)\)", r"(`\1`)", text)
    return text.replace(" -- ", " — ")


def setup(app):
    app.add_directive("tags", TagsDirective)
