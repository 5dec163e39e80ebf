"""The HTML of pairs: one figure; CSS makes three layouts of it (see `pair.css`).

    figure.pair
      div.pair-head        div.pair-who.left   div.pair-who.right
      div.pair-body
        div.pair-step      div.pair-note   div.pair-code.left   div.pair-code.right
      div.pair-foot

The order is the one for reading aloud, for a phone, and for no style at all.
The cells of a step share a grid row, which is what keeps both sides level.

Where CPython has several editions, its head has a fieldset.pair-switch with a radio
button for each; what not all of them share is of class `vs`, and `v0` for the first.
CSS shows what is of the one that is checked: it takes no script. An old browser leaves
out what is of class `other`, which this Python has not.
"""

import html
import re

from . import links, sources
from .pair_nodes import (
    line_id,
    pair,
    pair_cell,
    pair_foot,
    pair_mark,
    pair_note,
    pair_side,
    pair_step,
    pair_whole,
    plain_id,
)

NAMES = {"left": "CPython", "right": "minimp"}
OTHER = ' class="other"'


def visit_pair(self, node):
    alone = "" if len(node["excerpts"]) == 2 else " pair-alone"
    name = html.escape(node["name"])
    self.body.append(f'<figure class="pair{alone}" id="{name}" aria-label="{name}">')
    self.body.append(f'<div class="pair-head" id="{plain_id(name)}">')


def depart_pair(self, node):
    self.body.append("</div></figure>\n")


def visit_side(self, node):
    figure, side = node.parent, node["side"]
    dotted = figure["excerpts"][side].dotted
    self.body.append(f'<div class="pair-who {side}" data-symbol="{dotted}">')
    if len(figure["editions"][side]) > 1:
        self.body.append(f"<b>CPython</b>{switch(figure, side)}")
    else:
        self.body.append(f"<b>{html.escape(node['who'])}</b>")


def depart_side(self, node):
    self.body.append("</div>")
    heads = [child for child in node.parent if isinstance(child, pair_side)]
    if node is heads[-1]:
        self.body.append('</div><div class="pair-body">')


def visit_step(self, node):
    number = node["number"]
    ident = f' id="{html.escape(node["ids"][0])}"' if number else ""
    kind = "pair-step" if number else "pair-step pair-start"
    self.body.append(f'<div class="{kind}"{ident}>')


def depart_step(self, node):
    self.body.append("</div>\n")


def visit_note(self, node):
    number = node.parent["number"]
    ident = html.escape(node.parent["ids"][0])
    self.body.append(
        f'<div class="pair-note"><a class="pair-badge" href="#{ident}"'
        f' aria-label="Step {number}, link to it">{number}</a>'
        '<div class="pair-text">'
    )


def depart_note(self, node):
    self.body.append("</div></div>")


def visit_cell(self, node):
    def page_uri(page):
        return self.builder.get_relative_uri(self.builder.current_docname, page)

    figure = node.parent.parent
    kind, inside = ["pair-code", node["side"]], ""
    if node.shown[1]:
        inside = code(figure, node, page_uri)
    else:
        kind.append("pair-none" if node.children else "pair-empty")
    if len(node["parts"]) < len(figure["editions"][node["side"]]):
        kind += only(*node["parts"], built=node["built"])
    self.body.append(f'<div class="{" ".join(kind)}">{inside}')


def depart_cell(self, node):
    self.body.append("</div>")


def visit_mark(self, node):
    hue, to = node["hue"], html.escape(node["to"])
    self.body.append(f'<a class="at k{hue}" href="#{to}">')


def depart_mark(self, node):
    self.body.append("</a>")


def visit_foot(self, node):
    self.body.append('</div><div class="pair-foot">')


def depart_foot(self, node):
    pass  # as the body, it ends with the figure


def visit_whole(self, node):
    summary = html.escape(node["summary"])
    self.body.append(f"<details><summary>{summary}</summary>")


def depart_whole(self, node):
    self.body.append("</details>")


def only(*numbers: int, built: bool) -> list[str]:
    """The classes of what is shown for these editions only."""
    kinds = [f"v{number}" for number in sorted(numbers)]
    return ["vs", *kinds] if built else ["vs", *kinds, "other"]


def switch(figure, side: str) -> str:
    """Radio buttons that choose the edition of CPython's side."""
    built, name = figure["excerpts"][side], html.escape(f"of {figure['name']}")
    buttons = "".join(
        f"<label{'' if one == built else OTHER}>"
        f'<input type="radio" name="{name}" value="{number}"'
        f"{' checked' if one == built else ''}> {', '.join(one.versions)}</label>"
        for number, one in enumerate(figure["editions"][side])
    )
    legend = '<legend class="visually-hidden">Version of CPython</legend>'
    return f'<fieldset class="pair-switch">{legend}{buttons}</fieldset>'


def code(figure, cell, page_uri) -> str:
    """A step's lines on one side; *page_uri* maps a page's name to a relative URI."""
    step = cell.parent
    excerpt, span = cell.shown
    stop = without_blank_end(excerpt.lines, *span)
    lines = "".join(line(figure, cell, index) for index in range(span[0], stop))
    lines += '<span class="l gap">\n</span>' * (span[1] - stop)
    pre = f'<div class="highlight"><pre><code>{lines}</code></pre></div>'
    if step["fold"]:
        pre = fold(excerpt.html[span[0]], stop - span[0], pre)
    return badge(step["number"]) + line_links(figure, cell, page_uri) + pre


def line_links(figure, cell, page_uri) -> str:
    """A link to the lines in each edition that has them."""
    several = len(figure["editions"][cell["side"]]) > 1
    links_of_it = []
    for number, (excerpt, span) in cell["parts"].items():
        stop = without_blank_end(excerpt.lines, *span)
        a, b = excerpt.number(span[0]), excerpt.number(stop - 1)
        url = file_url(excerpt, a, b, page_uri)
        built = excerpt == figure["excerpts"][cell["side"]]
        kind = only(number, built=built) if several else []
        links_of_it.append(line_link(cell["side"], a, b, url, kind))
    return "".join(links_of_it)


def without_blank_end(lines, first: int, stop: int) -> int:
    """*stop*, moved up over the blank lines that end the span."""
    while stop > first and not lines[stop - 1].strip():
        stop -= 1
    return stop


def badge(number: int) -> str:
    """The step's number at the edge of its code, for the wide layout."""
    if not number:
        return ""
    return f'<span class="pair-badge" aria-hidden="true">{number}</span>'


def line_link(side: str, first: int, last: int, url: str, kind=()) -> str:
    """A link '104–107' to these lines of the file."""
    lines = f"{first}–{last}" if last > first else str(first)
    name = NAMES[side]
    return (
        f'<a class="{" ".join(["pair-at", *kind])}" data-who="{name}" href="{url}"'
        f' aria-label="{name}, lines {lines}">{lines}</a>'
    )


def file_url(excerpt, first: int, last: int, page_uri) -> str:
    """Where these lines stand: on a page of the site, or on GitHub."""
    if links.is_own(excerpt.dotted):
        return f"{page_uri(sources.page_name(excerpt.symbol.path))}#L{first}"
    return links.cpython_lines(excerpt.symbol.path, first, last, excerpt.release)


def line(figure, cell, index: int) -> str:
    """One line of code: its indent apart, so that it can shrink on a phone."""
    excerpt, _ = cell.shown
    text = excerpt.lines[index]
    indent = len(text) - len(text.lstrip(" ")) if text.strip() else 0
    body = split_indent(excerpt.html[index], indent)
    hues = sorted(cell["marks"].get(index, ()))
    kind = " ".join(["l", *(f"k{hue}" for hue in hues)])
    has_anchor = hues and cell["built"]
    ident = f' id="{html.escape(line_id(figure, cell, index))}"' if has_anchor else ""
    style = f' style="--i:{indent}"' if indent else ""
    return f'<span class="{kind}"{ident}{style}>{body}\n</span>'


def split_indent(body: str, indent: int) -> str:
    """Move *indent* leading blanks of highlighted *body* into an element."""
    if not indent:
        return body
    tags = re.match(rf"((?:<[^>]+>)*) {{{indent}}}", body)
    rest = tags[1] + body[tags.end() :]
    return f"<i>{' ' * indent}</i>" + re.sub(r'<span class="w"></span>', "", rest)


def fold(first: str, count: int, pre: str) -> str:
    """Code behind its first line."""
    head = split_leading(first)
    return (
        f'<details><summary><span class="highlight"><code>{head}</code></span>'
        f' <span class="pair-more">{count} lines</span></summary>{pre}</details>'
    )


def split_leading(body: str) -> str:
    """Highlighted *body* without its leading blanks."""
    return re.sub(r"^((?:<[^>]+>)*) +", r"\1", body)


def setup(app):
    app.add_node(pair, html=(visit_pair, depart_pair))
    app.add_node(pair_side, html=(visit_side, depart_side))
    app.add_node(pair_step, html=(visit_step, depart_step))
    app.add_node(pair_note, html=(visit_note, depart_note))
    app.add_node(pair_cell, html=(visit_cell, depart_cell))
    app.add_node(pair_mark, html=(visit_mark, depart_mark))
    app.add_node(pair_foot, html=(visit_foot, depart_foot))
    app.add_node(pair_whole, html=(visit_whole, depart_whole))
