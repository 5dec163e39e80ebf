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
With `:again:` a pair is shown once more: links and the index lead to the other one.

Where other versions of CPython have other lines, its head can switch to them (see
`editions`); those that the steps do not fit stand below, whole.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import index
from sphinx.util.docutils import SphinxDirective

from compare import markup, pairs, versions

from . import editions, links, sources
from .excerpt import Excerpt, PatternError, absent, for_version
from .pair_nodes import (
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

ABSENT_TEXT = {"left": "only in minimp", "right": "minimp leaves this out"}


class Annotated(SphinxDirective):
    """What pairs and listings have in common."""

    has_content = True
    option_spec = {"again": directives.flag}

    def symbols(self) -> tuple[str, dict[str, str]]:
        """The name of the figure, and side -> dotted name."""
        raise NotImplementedError

    def run(self):
        try:
            name, dotted = self.symbols()
            symbols = {side: pairs.find(dotted[side]) for side in dotted}
            node = self.figure(name, symbols)
        except (LookupError, PatternError) as error:
            raise self.error(f"{self.name}: {error.args[0]}") from error
        for symbol in symbols.values():
            for path in editions.files(symbol):
                self.env.note_dependency(str(path))
        if "again" in self.options:
            return [node]
        self.note_targets(node)
        return [self.index_entry(name), node]

    def figure(self, name, symbols):
        """The whole node: a head a side, the steps, cut, and the foot."""
        steps = self.steps(name)
        node = pair(name=name, excerpts={}, editions={}, ids=[name])
        self.set_source_info(node)
        foot = pair_foot()
        for side, symbol in symbols.items():
            found = editions.of(symbol)
            option = side if len(symbols) == 2 else "line"
            fitting = self.lay(steps, side, option, found)
            node["excerpts"][side], node["editions"][side] = found.built, fitting
            node += self.head(side, found.built, fitting)
            foot += self.foot(found, fitting)
        for step in steps[1:]:
            if not any(step["spans"].values()):
                raise PatternError(f"{title_of(step)} has no line on either side")
        node += [step for step in steps if has_lines(step)]
        if foot.children:
            node += foot
        return node

    def lay(self, steps, side, option, found):
        """Cut every edition into the steps; return those that the steps fit."""
        spans = cut(steps, option, found.built)
        for step, span in zip(steps, spans, strict=True):
            step["spans"][side] = span
        fitting = []
        for excerpt in found.known:
            try:
                fitting.append((excerpt, cut(steps, option, excerpt)))
            except PatternError:
                if excerpt is found.built:
                    raise
        for at, step in enumerate(steps):
            parts = [(excerpt, cuts[at]) for excerpt, cuts in fitting]
            step += self.cells(step, side, option, parts, found.built)
        return [excerpt for excerpt, _ in fitting]

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

    def cells(self, step, side, option, parts, built):
        """The places of one side's lines: a cell for all editions that share them."""
        groups = {}  # what is shown -> number of an edition -> (Excerpt, span)
        for number, (excerpt, span) in enumerate(parts):
            shown = excerpt.lines[slice(*span)] if span else ""
            if step["number"] and not span:
                words = absent(for_version(step["patterns"][option], excerpt.numbers))
                shown = words or ABSENT_TEXT[side]
            groups.setdefault(shown, {})[number] = excerpt, span
        for shown, group in groups.items():
            # The one that has anchors comes first.
            some = dict(sorted(group.items(), key=lambda one: one[1][0] is not built))
            has_built = any(excerpt is built for excerpt, _ in some.values())
            cell = pair_cell(side=side, parts=some, built=has_built)
            if shown and isinstance(shown, str):
                inline, messages = self.parse_inline(shown, lineno=step.line)
                cell += nodes.paragraph(shown, "", *inline, *messages)
                self.set_source_info(cell[0])
            yield cell

    def head(self, side, excerpt, fitting):
        """The head of one column: who, the symbol, and a link to its file."""
        symbol = excerpt.symbol
        own = links.is_own(symbol.dotted)
        who = "minimp" if own else f"CPython {excerpt.version}"
        module = links.module_of(symbol.dotted)  # the link names its file
        text = nodes.paragraph("", "", translatable=False)
        text += nodes.literal("", symbol.dotted.removeprefix(module + "."))
        text += nodes.Text(" ")
        for number, one in enumerate(fitting):
            label = f"{one.symbol.path.name} {one.symbol.first}–{one.symbol.last}"
            link = sources.reference(one.symbol, nodes.Text(label), one.release)
            link["other"] = one is not excerpt
            if len(fitting) > 1:
                others = ["other"] if link["other"] else []
                link["classes"] = ["vs", f"v{number}", *others]
            text += link
        head = pair_side("", text, side=side, who=who)
        self.set_source_info(head)
        return head

    def foot(self, found, fitting):
        """What stands below: which versions have these lines, and why others not."""
        if links.is_own(found.built.dotted):
            return
        lines = [editions.told(found)]
        if len(found.known) > 1:
            lines += map(why, editions.reasons(found.built.symbol))
        for line in filter(None, lines):
            inline, messages = self.parse_inline(line, lineno=self.lineno)
            yield nodes.paragraph("", "", *inline, *messages, translatable=False)
        for excerpt in found.known:
            if excerpt not in fitting:
                names = editions.listed(excerpt.versions)
                summary = f"CPython {names}, whose lines these steps do not fit"
                text = excerpt.symbol.text
                whole = nodes.literal_block(text, text, language="python")
                yield pair_whole("", whole, summary=summary)

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


def has_lines(step) -> bool:
    """Whether any edition of either side has lines in it."""
    return any(cell.shown[1] for cell in step.findall(pair_cell))


def why(reason) -> str:
    """A change and its issues, as Markdown."""
    issues = map(markup.issue, reason.issues)
    since = ", ".join([f"Since {editions.listed(reason.since)}", *issues])
    return f"{reason.why} {since}."


def cut(steps: list, option: str, excerpt: Excerpt) -> list[tuple[int, int] | None]:
    """Each step's span of lines, None where it has none; PatternError if that fails.

    *option* is where the steps name their first line. Step 0, which has no
    pattern, holds the lines before the first start.
    """
    starts = [start_of(step, option, excerpt) for step in steps[1:]]
    named = [start for start in starts if start is not None]
    if named != sorted(set(named)):
        raise PatternError(f"the steps' starts do not rise in {excerpt.dotted}")
    first, *stops = [*named, len(excerpt.lines)]
    rest = [None if start is None else (start, stops.pop(0)) for start in starts]
    return [(0, first) if first else None, *rest]


def start_of(step, option: str, excerpt: Excerpt) -> int | None:
    """Index of the line where *step* starts; None where it is absent."""
    title = title_of(step)
    if option not in step["patterns"]:
        raise PatternError(f"{title} does not say :{option}: (`-` for nothing)")
    try:
        pattern = for_version(step["patterns"][option], excerpt.numbers)
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
        for link in list(head.findall(nodes.reference)):
            if link["other"]:
                link.parent.remove(link)
        yield from head.children
    for step in figure.findall(pair_step):
        for note in step.findall(pair_note):
            yield from note.children
        for cell in step.findall(pair_cell):
            if cell["built"]:
                yield from plain_cell(cell, whos[cell["side"]])
    for foot in figure.findall(pair_foot):
        for part in foot:
            if isinstance(part, pair_whole):
                yield nodes.paragraph("", f"{part['summary']}:")
                yield from part.children
            else:
                yield part


def plain_cell(cell, who):
    """The lines of one side, or the words in their stead."""
    excerpt, span = cell.shown
    if span or cell.children:
        yield nodes.paragraph("", f"{who}:")
    yield from cell.children
    if span:
        text = "\n".join(excerpt.lines[slice(*span)]).rstrip()
        yield nodes.literal_block(text, text, language="python")


def release_names(config) -> list[str]:
    """The versions of CPython that were found."""
    return [release.name for release in versions.releases()]


def setup(app):
    # Others found, or one that is another release: every page is read anew.
    app.add_config_value("releases", release_names, "env", list)
    app.add_directive("pair", PairDirective)
    app.add_directive("listing", ListingDirective)
    app.add_directive("step", StepDirective)
    app.connect("doctree-resolved", plain_pairs)
