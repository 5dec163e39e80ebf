"""What a pair is in a document: its nodes, and what their anchors are called."""

from docutils import nodes


class pair(nodes.General, nodes.Element):
    """`name`; `excerpts`: side -> Excerpt, `editions`: side -> all that can be shown.

    Children: a pair_side for each, the pair_steps, and perhaps a pair_foot.
    """


class pair_side(nodes.General, nodes.Element):
    """The head of one column: `side`, `who`, and a paragraph with the links."""


class pair_step(nodes.General, nodes.Element):
    """`number`; `spans`: side -> (first, stop) or None; `fold`."""


class pair_note(nodes.General, nodes.Element):
    """What the author says about a step."""


class pair_cell(nodes.General, nodes.Element):
    """The place of the step's code on one `side`; words, if it has none there.

    `parts`: number of an edition -> (Excerpt, span), of those that have the lines of
    the first; `built`: whether the edition of this Python is it; `marks`: index of a
    line -> hues.
    """

    @property
    def shown(self):
        """The Excerpt and the span whose lines are shown."""
        return next(iter(self["parts"].values()))


class pair_mark(nodes.Inline, nodes.TextElement):
    """A phrase of a note that names lines of its step: `pattern`, `hue`, `to`."""


class pair_foot(nodes.General, nodes.Element):
    """What is said below: of the versions of CPython's side."""


class pair_whole(nodes.General, nodes.Element):
    """An edition that the steps do not fit, behind a `summary`."""


def line_id(figure: pair, cell: pair_cell, index: int) -> str:
    """The anchor of one line; it is stable as long as the line is."""
    side = cell["side"]
    return f"{figure['name']}-{side}-{figure['excerpts'][side].number(index)}"


def plain_id(name: str) -> str:
    """The anchor of a pair's head, for the search, which cannot look up a dot."""
    return "pair-" + name.replace(".", "-")
