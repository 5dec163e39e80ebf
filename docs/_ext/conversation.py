"""`{conversation} manager_calls`: what a program and its server say to each other.

    :::{conversation} manager_calls
    :impl: cpython
    :from: 'create'
    :to: #RETURN
    :connections: 1, Ann 2
    :caption: A list is made
    :::

The program is one of `compare/programs`; it runs while the site is built, once a
build, and `compare.wire` records it. The messages become `{lanes}` of kind wire, from
the first one in which `:from:` occurs to the first one after it in which `:to:` does;
`:connections:` keeps only some: `2` is the second of each client, `Ann` all that Ann
has, `Ann 2` her second. `:impl:` is minimp unless said; `:full:` shows each frame of a
handshake, and cuts nothing.
"""

import functools

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from compare import pickles, probe, relay, wire

from .lanes import Table, give_source, lanes, markdown
from .sources import note_package

HEADER = ("Client, connection", "Message", "Asked")


@functools.cache
def recorded(program: str, impl: str) -> wire.Conversation:
    """The conversation of a run; LookupError for an unknown program or a failure."""
    found = wire.record(program, impl)
    if found.run.failure:
        raise LookupError(f"{found.run.failure}\n{found.run.stderr}")
    return found


def kept(rows: list, connections: str) -> list:
    """The rows of some connections; LookupError names one that there is not."""
    found = set()
    known = {row.client for row in rows}
    for text in connections.split(","):
        words = set(text.split())
        named = {one for one in known if words <= set(one.replace("#", "").split())}
        if not named:
            raise LookupError(f"no connection {text.strip()!r} in {sorted(known)}")
        found |= named
    return [row for row in rows if row.client in found]


def part(rows: list, first: str, last: str) -> list:
    """The rows from the one in which *first* occurs to the next in which *last* does;
    LookupError if there is none."""
    start = _find(rows, 0, first)
    end = _find(rows, start, last) if last else len(rows)
    return rows[start : end + 1]


def _find(rows, start, text):
    for n, row in enumerate(rows[start:], start):
        if text in " ".join(row):
            return n
    where = f"after {' '.join(rows[start])!r}" if start else "at all"
    raise LookupError(f"no message {where} contains {text!r}")


def cells(rows: list) -> list:
    """The rows as inline Markdown; a connection is named where it is another one."""
    found, before = [], ""
    for row in rows:
        arrow, _, text = row.wire.partition(" ")
        message = f"{arrow} {code(text)}" if arrow in "→←" else row.wire
        found.append(("" if row.client == before else row.client, message, row.server))
        before = row.client
    return found


def code(text: str) -> str:
    """*text* as code, whatever is in it."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


class ConversationDirective(SphinxDirective):
    """The messages of a run, as lanes."""

    required_arguments = 1
    option_spec = {
        "impl": lambda text: directives.choice(text, tuple(probe.MODULES)),
        "from": directives.unchanged_required,
        "to": directives.unchanged_required,
        "connections": directives.unchanged_required,
        "caption": directives.unchanged_required,
        "full": directives.flag,
    }

    def run(self):
        program = self.arguments[0]
        self.env.note_dependency(str(probe.PROGRAMS / f"{program}.py"))
        for module in (wire, relay, pickles):
            self.env.note_dependency(module.__file__)
        note_package(self.env)
        try:
            rows = self.rows(program)
        except LookupError as error:
            raise self.error(f"conversation {program}: {error.args[0]}") from error
        table = StringList(markdown(Table("", HEADER, cells(rows))), "")
        node = lanes(kind="wire conversation")
        self.set_source_info(node)
        if caption := self.options.get("caption"):
            inline, messages = self.parse_inline(caption)
            node += nodes.paragraph(caption, "", *inline, classes=["caption-line"])
            node += messages
        self.state.nested_parse(table, self.content_offset, node)
        give_source(node, *self.get_source_info())
        return [node]

    def rows(self, program):
        """The rows that the options ask for."""
        option = self.options.get
        conversation = recorded(program, option("impl", "minimp"))
        rows = wire.rows(conversation, "full" in self.options)
        if "connections" in self.options:
            rows = kept(rows, option("connections"))
        rows = part(rows, option("from", ""), option("to", ""))
        if "full" in self.options:
            return rows
        return [row._replace(wire=wire.cut(row.wire)) for row in rows]


def setup(app):
    app.add_directive("conversation", ConversationDirective)
