"""The HTML of pairs: one figure; CSS makes three layouts of it (see `pair.css`).

    figure.pair
      div.pair-head        div.pair-who.left   div.pair-who.right
      div.pair-body
        div.pair-step      div.pair-note   div.pair-code.left   div.pair-code.right

The order is the one for reading aloud, for a phone, and for no style at all.
The cells of a step share a grid row, which is what keeps both sides level.
"""

import html
import re

from . import links, sources
from .pair_nodes import (
    line_id,
    pair,
    pair_cell,
    pair_mark,
    pair_note,
    pair_side,
    pair_step,
    plain_id,
)

NAMES = {"left": "CPython", "right": "minimp"}


def visit_pair(self, node):
    alone = "" if len(node["excerpts"]) == 2 else " pair-alone"
    name = html.escape(node["name"])
    self.body.append(f'<figure class="pair{alone}" id="{name}" aria-label="{name}">')
    self.body.append(f'<div class="pair-head" id="{plain_id(name)}">')


def depart_pair(self, node):
    self.body.append("</div></figure>\n")


def visit_side(self, node):
    who, side = html.escape(node["who"]), node["side"]
    dotted = node.parent["excerpts"][side].dotted
    self.body.append(f'<div class="pair-who {side}" data-symbol="{dotted}">')
    self.body.append(f"<b>{who}</b>")


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

    step, side = node.parent, node["side"]
    if step["spans"][side]:
        kind, inside = "", code(step.parent, step, side, page_uri)
    else:
        kind, inside = " pair-none" if node.children else " pair-empty", ""
    self.body.append(f'<div class="pair-code {side}{kind}">{inside}')


def depart_cell(self, node):
    self.body.append("</div>")


def visit_mark(self, node):
    hue, to = node["hue"], html.escape(node["to"])
    self.body.append(f'<a class="at k{hue}" href="#{to}">')


def depart_mark(self, node):
    self.body.append("</a>")


def code(figure, step, side: str, page_uri) -> str:
    """A step's lines on one side; *page_uri* maps a page's name to a relative URI."""
    span, excerpt = step["spans"][side], figure["excerpts"][side]
    stop = without_blank_end(excerpt.lines, *span)
    lines = "".join(
        line(figure, side, index, step["marks"]) for index in range(span[0], stop)
    )
    lines += '<span class="l gap">\n</span>' * (span[1] - stop)
    pre = f'<div class="highlight"><pre><code>{lines}</code></pre></div>'
    if step["fold"]:
        pre = fold(excerpt.html[span[0]], stop - span[0], pre)
    a, b = excerpt.number(span[0]), excerpt.number(stop - 1)
    url = file_url(excerpt, a, b, page_uri)
    return badge(step["number"]) + line_link(side, a, b, url) + pre


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


def line_link(side: str, first: int, last: int, url: str) -> str:
    """A link '104–107' to these lines of the file."""
    lines = f"{first}–{last}" if last > first else str(first)
    name = NAMES[side]
    return (
        f'<a class="pair-at" data-who="{name}" href="{url}"'
        f' aria-label="{name}, lines {lines}">{lines}</a>'
    )


def file_url(excerpt, first: int, last: int, page_uri) -> str:
    """Where these lines stand: on a page of the site, or on GitHub."""
    if links.is_own(excerpt.dotted):
        return f"{page_uri(sources.page_name(excerpt.symbol.path))}#L{first}"
    path = links.library_path(excerpt.symbol.path)
    return links.cpython_file(path, f"#L{first}-L{last}")


def line(figure, side: str, index: int, marks) -> str:
    """One line of code: its indent apart, so that it can shrink on a phone."""
    excerpt = figure["excerpts"][side]
    text = excerpt.lines[index]
    indent = len(text) - len(text.lstrip(" ")) if text.strip() else 0
    body = split_indent(excerpt.html[index], indent)
    hues = sorted(marks.get((side, index), ()))
    kind = " ".join(["l", *(f"k{hue}" for hue in hues)])
    ident = f' id="{html.escape(line_id(figure, side, index))}"' if hues else ""
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
