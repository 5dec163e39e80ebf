"""What a pair is in a document: its nodes, and what their anchors are called."""

from docutils import nodes


class pair(nodes.General, nodes.Element):
    """`name`; `excerpts`: side -> Excerpt; children: pair_side and pair_step."""


class pair_side(nodes.General, nodes.Element):
    """The head of one column: `side`, `who`, and a paragraph with the links."""


class pair_step(nodes.General, nodes.Element):
    """`number`; `spans`: side -> (first, stop) or None; `fold`; `marks`."""


class pair_note(nodes.General, nodes.Element):
    """What the author says about a step."""


class pair_cell(nodes.General, nodes.Element):
    """The place of the step's code on one `side`; words, if it has none there."""


class pair_mark(nodes.Inline, nodes.TextElement):
    """A phrase of a note that names lines of its step: `pattern`, `hue`, `to`."""


def line_id(figure: pair, side: str, index: int) -> str:
    """The anchor of one line; it is stable as long as the line is."""
    return f"{figure['name']}-{side}-{figure['excerpts'][side].number(index)}"


def plain_id(name: str) -> str:
    """The anchor of a pair's head, for the search, which cannot look up a dot."""
    return "pair-" + name.replace(".", "-")
