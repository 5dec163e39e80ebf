"""`{computed}`: what a function returns while the site is built.

The role puts a figure into a sentence, the directive a block of Markdown:

    {computed}`_ext.figures.lost_update.losing` of the 6 orders lose one.

    :::{computed} compare.size.table
    :::

So no number on the site was typed; each is as true as the code it came from.
"""

import importlib
import inspect
import traceback
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .sources import note_package


def resolve(dotted: str):
    """The function called *dotted*; LookupError with the reason it is not found."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise LookupError(f"no function {dotted!r}: {error}") from error


def call(dotted: str):
    """What *dotted* returns; LookupError that says why it returns nothing."""
    function = resolve(dotted)
    try:
        return function()
    except Exception as error:  # whatever it is, the page has to be named
        at = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(at.filename).name}:{at.lineno}"
        raise LookupError(f"{dotted}: {error!r} ({where})") from error


def note_file(env, dotted: str) -> None:
    """Have the page read anew when the file of *dotted*, or minimp, changes.

    Or one of the files that the function's attribute `reads` names, or returns.
    """
    function = resolve(dotted)
    reads = getattr(function, "reads", ())
    for path in (inspect.getfile(function), *(reads() if callable(reads) else reads)):
        env.note_dependency(str(path))
    note_package(env)


class ComputedDirective(SphinxDirective):
    """Markdown that a function returns."""

    required_arguments = 1

    def run(self):
        try:
            note_file(self.env, self.arguments[0])  # first: it may be mended
            text = call(self.arguments[0])
        except LookupError as error:
            raise self.error(f"computed: {error.args[0]}") from error
        lines = StringList(text.splitlines(), self.get_source_info()[0])
        body = nodes.Element()
        self.state.nested_parse(lines, self.content_offset, body)
        return body.children


class ComputedRole(SphinxRole):
    """What a function returns, as text."""

    def run(self):
        try:
            note_file(self.env, self.text)
            text = str(call(self.text))
        except LookupError as error:
            message = self.inliner.reporter.error(error.args[0], line=self.lineno)
            return [], [message]
        return [nodes.Text(text)], []


def setup(app):
    app.add_directive("computed", ComputedDirective)
    app.add_role("computed", ComputedRole())
