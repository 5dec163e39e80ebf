"""`{pair}`, `{listing}`, `{step}`: annotated source.

A pair shows one symbol of CPython beside minimp's, cut into numbered steps:

    ::::{pair} sharedctypes.synchronized
    :::{step} Refuse to wrap twice
    :left: assert not isinstance
    :right: assert not isinstance
    An {at}`assert` vanishes under `python -O`.
    :::
    ::::

A step names, by a pattern (see `excerpt`), the one line of each side where it
starts, or `-` where that side has nothing; it runs to the start of the next
step, so the whole symbol is shown, in order. A frame stands for what is not
there: "minimp leaves this out", or what the author says after the dash:

    :right: - in {src}`minimp.heap.Heap.malloc`

`:fold:` hides the step's code behind its first line; `{at}` is told of in `marks`.
A listing is a pair with one side, for what has no other; its steps say `:line:`.
"""

import platform

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import index
from sphinx.util.docutils import SphinxDirective

from compare import pairs

from . import links, sources
from .excerpt import Excerpt, PatternError, absent, for_version
from .pair_nodes import (
    pair,
    pair_cell,
    pair_mark,
    pair_note,
    pair_side,
    pair_step,
    plain_id,
)

ABSENT_TEXT = {"left": "only in minimp", "right": "minimp leaves this out"}


class Annotated(SphinxDirective):
    """What pairs and listings have in common."""

    has_content = True

    def symbols(self) -> tuple[str, dict[str, str]]:
        """The name of the figure, and side -> dotted name."""
        raise NotImplementedError

    def run(self):
        try:
            name, dotted = self.symbols()
            excerpts = {side: Excerpt(pairs.find(dotted[side])) for side in dotted}
            node = self.figure(name, excerpts)
        except (LookupError, PatternError) as error:
            raise self.error(f"{self.name}: {error.args[0]}") from error
        for excerpt in excerpts.values():
            self.env.note_dependency(str(excerpt.symbol.path))
        self.note_targets(node)
        return [self.index_entry(name), node]

    def figure(self, name, excerpts):
        """The whole node: a head a side, and the steps, cut."""
        steps = self.steps(name)
        for side, excerpt in excerpts.items():
            option = side if len(excerpts) == 2 else "line"
            cut(steps, option, side, excerpt)
            for step in steps:
                step += self.cell(step, side, option)
        shown = [step for step in steps if any(step["spans"].values())]
        for step in steps[1:]:
            if step not in shown:
                raise PatternError(f"{title_of(step)} has no line on either side")
        heads = [self.head(side, excerpts[side]) for side in excerpts]
        node = pair("", *heads, *shown, name=name, excerpts=excerpts, ids=[name])
        self.set_source_info(node)
        return node

    def steps(self, name) -> list[pair_step]:
        """The steps of the content, and before them step 0 for the signature."""
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        steps = [child for child in body if isinstance(child, pair_step)]
        if any(not isinstance(c, (pair_step, nodes.system_message)) for c in body):
            raise PatternError("only steps may stand in it")
        start = pair_step(title="", patterns={}, fold=False)
        for number, step in enumerate([start, *steps]):
            step["number"] = number
            step["spans"] = {}
            step["ids"] = [f"{name}-{number}"] if number else []
        return [start, *steps]

    def cell(self, step, side, option):
        """The place of one side's lines; it says what is there in their stead."""
        cell = pair_cell(side=side)
        if step["number"] and not step["spans"][side]:
            words = absent(for_version(step["patterns"][option]))
            inline, messages = self.parse_inline(
                words or ABSENT_TEXT[side], lineno=step.line
            )
            cell += nodes.paragraph(words, "", *inline, *messages)
            self.set_source_info(cell[0])
        return cell

    def head(self, side, excerpt):
        """The head of one column: who, the symbol, and a link to its file."""
        symbol = excerpt.symbol
        own = links.is_own(symbol.dotted)
        who = "minimp" if own else f"CPython {platform.python_version()}"
        module = links.module_of(symbol.dotted)  # the link names its file
        label = f"{symbol.path.name} {symbol.first}–{symbol.last}"
        text = nodes.paragraph("", "", translatable=False)
        text += nodes.literal("", symbol.dotted.removeprefix(module + "."))
        text += nodes.Text(" ")
        text += sources.reference(symbol, nodes.Text(label))
        head = pair_side("", text, side=side, who=who)
        self.set_source_info(head)
        return head

    def note_targets(self, node):
        """Let references from anywhere find the pair and its steps."""
        name = node["name"]
        targets = {name: name}
        for step in node.findall(pair_step):
            for target in step["ids"]:
                targets[target] = f"{name}, {step['title'] or step['number']}"
        domain = self.env.domains.standard_domain
        for target, title in targets.items():
            label = target.lower()  # as references are looked up
            domain.note_hyperlink_target(label, self.env.docname, target, title)

    def index_entry(self, name):
        """The symbol, with and without its module, as terms of the index.

        The search asks the index too, but only knows a term by half of it or more.
        """
        terms = {name, name.rpartition(".")[2]}
        target = plain_id(name)
        entries = [("single", term, target, "", None) for term in sorted(terms)]
        return index(entries=entries, inline=False)


class PairDirective(Annotated):
    """`{pair} heap.Heap.free`, or `{pair} multiprocessing.x minimp.x`."""

    required_arguments = 1
    optional_arguments = 1

    def symbols(self):
        if len(self.arguments) == 1:
            found = pairs.get(self.arguments[0])
            return found.name, {"left": found.left, "right": found.right}
        left, right = self.arguments
        return links.short(right), {"left": left, "right": right}


class ListingDirective(Annotated):
    """`{listing} minimp.semlock.SemLock`: one side, where there is no other."""

    required_arguments = 1

    def symbols(self):
        (dotted,) = self.arguments
        side = "right" if links.is_own(dotted) else "left"
        return links.short(dotted), {side: dotted}


class StepDirective(SphinxDirective):
    """One step: title, where it starts on each side, and the note."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {
        "left": directives.unchanged_required,
        "right": directives.unchanged_required,
        "line": directives.unchanged_required,
        "fold": directives.flag,
    }

    def run(self):
        title = self.arguments[0] if self.arguments else ""
        patterns = {k: v for k, v in self.options.items() if k != "fold"}
        step = pair_step(title=title, patterns=patterns, fold="fold" in self.options)
        self.set_source_info(step)
        note = pair_note()
        self.set_source_info(note)
        if title:
            inline, messages = self.parse_inline(title)
            line = nodes.paragraph(title, "", *inline, classes=["pair-title"])
            self.set_source_info(line)
            note += [line, *messages]
        self.state.nested_parse(self.content, self.content_offset, note)
        step += note
        return [step]


def title_of(step) -> str:
    """What an error calls a step."""
    return f"step {step['title'] or step['number']!r}"


def cut(steps: list, option: str, side: str, excerpt: Excerpt) -> None:
    """Give each step its span of lines on *side*; PatternError if that fails.

    *option* is where the steps name their first line. Step 0, which has no
    pattern, holds the lines before the first start.
    """
    starts = [start_of(step, option, excerpt) for step in steps[1:]]
    named = [start for start in starts if start is not None]
    if named != sorted(set(named)):
        raise PatternError(f"the steps' starts do not rise in {excerpt.dotted}")
    stops = [*named, len(excerpt.lines)]
    head = stops.pop(0)
    steps[0]["spans"][side] = (0, head) if head else None
    for step, start in zip(steps[1:], starts, strict=True):
        step["spans"][side] = None if start is None else (start, stops.pop(0))


def start_of(step, option: str, excerpt: Excerpt) -> int | None:
    """Index of the line where *step* starts; None where it is absent."""
    title = title_of(step)
    if option not in step["patterns"]:
        raise PatternError(f"{title} does not say :{option}: (`-` for nothing)")
    try:
        pattern = for_version(step["patterns"][option])
        return excerpt.only(pattern) if absent(pattern) is None else None
    except PatternError as error:
        raise PatternError(f"{title}, :{option}: {error.args[0]}") from None


def plain_pairs(app, doctree, docname):
    """Where there is no HTML: heads, notes and code one below the other."""
    if app.builder.format == "html":
        return
    for mark in list(doctree.findall(pair_mark)):
        mark.replace_self(mark.children)
    for figure in list(doctree.findall(pair)):
        figure.replace_self(list(plain(figure)))


def plain(figure):
    """The parts of a pair as ordinary nodes."""
    whos = {}
    for head in figure.findall(pair_side):
        whos[head["side"]] = head["who"]
        yield from head.children
    for step in figure.findall(pair_step):
        for note in step.findall(pair_note):
            yield from note.children
        for cell in step.findall(pair_cell):
            span = step["spans"][cell["side"]]
            if span or cell.children:
                yield nodes.paragraph("", f"{whos[cell['side']]}:")
            yield from cell.children
            if span:
                lines = figure["excerpts"][cell["side"]].lines[slice(*span)]
                text = "\n".join(lines).rstrip()
                yield nodes.literal_block(text, text, language="python")


def setup(app):
    app.add_directive("pair", PairDirective)
    app.add_directive("listing", ListingDirective)
    app.add_directive("step", StepDirective)
    app.connect("doctree-resolved", plain_pairs)
