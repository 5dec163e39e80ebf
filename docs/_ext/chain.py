"""`{chain}` and `{station}`: the map of the whole, five ideas and their files.

    ::::{chain}
    :::{station} bytes in an mmap
    :draw: bytes
    [`heap.py`](chapters/arena-and-heap.md)
    :::
    :::{station} a message that asks for them
    :draw: message
    `connection.py`
    :::
    ::::

Each station has a small drawing (`pictures`), a title and links. CSS lays them out
as a row with arrows, or as a column.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .pictures import PICTURES


class ChainDirective(SphinxDirective):
    """The stations, in order."""

    has_content = True

    def run(self):
        chain = nodes.container(classes=["chain"])
        self.set_source_info(chain)
        self.state.nested_parse(self.content, self.content_offset, chain)
        return [chain]


class StationDirective(SphinxDirective):
    """One idea: a drawing, a title, and where to read on."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"draw": lambda text: directives.choice(text, tuple(PICTURES))}

    def run(self):
        station = nodes.container(classes=["station"])
        self.set_source_info(station)
        if "draw" in self.options:
            picture = PICTURES[self.options["draw"]]
            station += nodes.raw("", picture, format="html")
        inline, messages = self.parse_inline(self.arguments[0])
        title = nodes.paragraph(
            self.arguments[0], "", *inline, classes=["station-title"]
        )
        self.set_source_info(title)
        station += [title, *messages]
        self.state.nested_parse(self.content, self.content_offset, station)
        return [station]


def setup(app):
    app.add_directive("chain", ChainDirective)
    app.add_directive("station", StationDirective)
