"""`{lanes}`: a table whose columns are lanes and whose rows are moments.

The table is Markdown, written by hand or made by a run:

    :::{lanes} Two processes, one `value`
    | A | `value` | B |
    |:--|:-:|:--|
    | reads **0** | 0 | |
    :::

    :::{lanes}
    :from: _ext.figures.lost_update.forced
    :::

`:from:` names a function of no arguments, called while the site is built, that
returns a `Table`. A cell of the middle lane that begins with an arrow, → or ←,
becomes a message from lane to lane (`:kind: wire`); a bold value in the middle
of `:kind: race`, the default, stands for a change; there may be several columns in
the middle, one a number. A script adds the buttons that step through the rows;
without it the figure is the whole table.
"""

from typing import NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .computed import call, note_file

KINDS = ("race", "wire")
ARROWS = {"→": "go-right", "←": "go-left"}


class Table(NamedTuple):
    """What a figure's function returns; every text is inline Markdown."""

    caption: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


class lanes(nodes.General, nodes.Element):
    """`kind`; children: the caption and a table."""


def markdown(table: Table) -> list[str]:
    """*table* as the lines of a Markdown table."""
    aligned = [":--", *[":-:"] * (len(table.header) - 2), ":--"]
    rows = [table.header, aligned, *table.rows]
    return [
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
        for row in rows
    ]


class LanesDirective(SphinxDirective):
    """A caption, and a table from the content or from a function."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {
        "kind": lambda text: directives.choice(text, KINDS),
        "from": directives.unchanged_required,
    }

    def run(self):
        caption = self.arguments[0] if self.arguments else ""
        content = self.content
        if "from" in self.options:
            table = self.table(self.options["from"])
            caption = caption or table.caption
            content = StringList(markdown(table), self.get_source_info()[0])
        node = lanes(kind=self.options.get("kind", "race"))
        self.set_source_info(node)
        if caption:
            inline, messages = self.parse_inline(caption)
            node += nodes.paragraph(caption, "", *inline, classes=["caption-line"])
            node += messages
        self.state.nested_parse(content, self.content_offset, node)
        give_source(node, *self.get_source_info())
        return [node]

    def table(self, dotted):
        """What the figure's function returns."""
        try:
            table = call(dotted)
        except LookupError as error:
            raise self.error(f"lanes: {error.args[0]}") from error
        note_file(self.env, dotted)
        return table


def give_source(node, source: str, line: int) -> None:
    """Note where the text below *node* stands, where the parser did not:
    gettext skips text without a source, such as the cells of a nested table."""
    for text in node.findall(nodes.TextElement):
        if not text.source:
            text.source, text.line = source, line


class MarkCells(SphinxPostTransform):
    """Name the cells that are blank or an arrow, after translation."""

    default_priority = 410

    def run(self, **kwargs):
        for figure in self.document.findall(lanes):
            for cell in figure.findall(nodes.entry):
                self.mark(cell)

    def mark(self, cell):
        text = cell.astext().strip()
        if not text:
            cell["classes"].append("blank")
        elif text[0] in ARROWS:
            cell["classes"].append(ARROWS[text[0]])
            first = next(cell.findall(nodes.Text))
            rest = first.astext().lstrip("→← ")
            first.parent.replace(first, nodes.Text(rest))


def plain_lanes(app, doctree, docname):
    """Where there is no HTML: the caption and the table."""
    if app.builder.format != "html":
        for node in list(doctree.findall(lanes)):
            node.replace_self(node.children)


def visit_lanes(self, node):
    self.body.append(f'<figure class="lanes {node["kind"]}" data-steps>')


def depart_lanes(self, node):
    self.body.append("</figure>\n")


def setup(app):
    app.add_node(lanes, html=(visit_lanes, depart_lanes))
    app.add_directive("lanes", LanesDirective)
    app.add_post_transform(MarkCells)
    app.connect("doctree-resolved", plain_lanes)
