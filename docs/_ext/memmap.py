"""`{memmap}`: where a real heap puts blocks, drawn byte by byte.

The content is a script that runs on a new `minimp.heap.Heap` while the site is
built; each `show` draws the arenas as they are then, and the end shows them too:

    :::{memmap}
    malloc counter, 4
    malloc numbers, 40
    show Two blocks
    free counter
    show The first one is free again
    :::

`retire NAME` gives a block back as one that another process may still hold. A
row is 64 bytes, or two rows of 32 on a phone. Strong: what was asked for; pale:
what rounding added; dashed: free. Readers who see no picture get a list.
"""

import html
from dataclasses import dataclass
from itertools import groupby

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from minimp import heap

HALF = 32  # bytes a row on a phone; two halves make a row elsewhere
HUES = 4


@dataclass(frozen=True)
class Block:
    """One stretch of an arena: bytes [start, stop), of which `asked` are in use."""

    label: str
    start: int
    stop: int
    asked: int = 0
    kind: str = "used"  # or "free", "retired"
    hue: int = 0

    def __str__(self):
        where = f"bytes {self.start} to {self.stop - 1}"
        if self.kind == "free":
            return f"free: {where}"
        rest = ", retired" if self.kind == "retired" else ""
        return f"{self.label}: {where}, {self.asked} asked for{rest}"


class Script:
    """Runs the lines of a figure on a heap and remembers what has which label."""

    def __init__(self):
        self.heap = heap.Heap()
        self.live = {}  # label -> (block of the heap, bytes asked for)
        self.retired = {}
        self.hues = {}  # label -> hue, in order of the first malloc

    def run(self, line: str) -> None:
        """Do one line; ValueError for a line that cannot be done."""
        verb, _, rest = line.partition(" ")
        if verb == "malloc":
            label, _, size = rest.rpartition(",")
            self.malloc(label.strip(), int(size))
        elif verb in ("free", "retire") and rest in self.live:
            block, asked = self.live.pop(rest)
            if verb == "retire":
                self.retired[rest] = block, asked
            self.heap.free(block, reuse=verb == "free")
        else:
            raise ValueError("not a malloc, free, retire or show of a known label")

    def malloc(self, label: str, size: int) -> None:
        if not label or label in self.live:
            raise ValueError("malloc needs a new label, a comma and a size")
        self.live[label] = self.heap.malloc(size), size
        self.hues.setdefault(label, len(self.hues) % HUES)

    def arenas(self) -> list[tuple[int, list[Block]]]:
        """(size in bytes, blocks in order of address) of each arena."""
        return [(arena.size, self.blocks(arena)) for arena in self.heap._arenas]

    def blocks(self, arena) -> list[Block]:
        """All blocks of *arena*; RuntimeError unless they tile it."""
        found = [
            Block("free", start, stop, kind="free")
            for blocks in self.heap._len_to_seq.values()
            for where, start, stop in blocks
            if where is arena
        ]
        for kind, labels in ("used", self.live), ("retired", self.retired):
            for label, ((where, start, stop), asked) in labels.items():
                if where is arena:
                    hue = self.hues[label]
                    found.append(Block(label, start, stop, asked, kind, hue))
        found.sort(key=lambda block: block.start)
        edges = [0, *(block.stop for block in found)]
        if edges[:-1] != [b.start for b in found] or edges[-1] != arena.size:
            raise RuntimeError(f"blocks do not tile the arena: {found}")
        return found


def draw(size: int, blocks: list[Block]) -> str:
    """One arena as HTML: rows, with long stretches of one block left out."""
    parts = ['<div class="mm" aria-hidden="true">']
    for block, group in groupby(rows(size, blocks), key=only_inside):
        found = list(group)
        if block is None or len(found) < 2:
            parts += [row(start, inside) for start, inside in found]
        else:  # such rows look alike, and say no more than their number
            more = 2 * HALF * len(found)
            parts.append(f'<span class="mm-more">{more:,} more bytes of it</span>')
    return "".join([*parts, "</div>"])


def rows(size: int, blocks: list[Block]):
    """(start, blocks that reach into it) of each row."""
    for start in range(0, size, 2 * HALF):
        stop = start + 2 * HALF
        yield start, [b for b in blocks if b.start < stop and b.stop > start]


def only_inside(found) -> Block | None:
    """The block that fills a row from before its start, if one does."""
    start, inside = found
    return inside[0] if len(inside) == 1 and inside[0].start < start else None


def row(start: int, blocks: list[Block]) -> str:
    """One row of the map: two halves, each with its offset and its blocks."""
    halves = []
    for first in (start, start + HALF):
        cells = [
            cell(block, first)
            for block in blocks
            if block.start < first + HALF and block.stop > first
        ]
        if cells:
            halves.append(f'<span class="mm-at">{first}</span>')
            halves.append(f'<span class="mm-half">{"".join(cells)}</span>')
    return f'<span class="mm-row">{"".join(halves)}</span>'


def cell(block: Block, first: int) -> str:
    """The part of *block* that lies in the half row which starts at *first*."""
    start, stop = max(block.start, first), min(block.stop, first + HALF)
    asked = min(max(block.start + block.asked - start, 0), stop - start)
    kind = ["mm-block", f"k{block.hue}" if block.kind != "free" else "", block.kind]
    kind += ["begins"] * (start == block.start) + ["ends"] * (stop == block.stop)
    style = f"--n:{stop - start};--u:{100 * asked // (stop - start)}%"
    text = ""
    if start == block.start:
        size = block.stop - block.start
        between = "/" if size < 8 else " of "  # there is less room
        size = size if block.kind == "free" else f"{block.asked}{between}{size}"
        text = f"<b>{html.escape(block.label)}</b><small>{size}</small>"
    kinds = " ".join(filter(None, kind))
    return f'<span class="{kinds}" style="{style}">{text}</span>'


class MemMapDirective(SphinxDirective):
    """Run the script; draw what each `show` asks for."""

    has_content = True

    def run(self):
        self.env.note_dependency(heap.__file__)
        figure = nodes.container(classes=["memmap"])
        self.set_source_info(figure)
        script, shown = Script(), False
        for line in map(str.strip, self.content):
            shown = line.partition(" ")[0] == "show"
            try:
                if shown:
                    figure += self.show(script, line.removeprefix("show").strip())
                elif line:
                    script.run(line)
            except ValueError as error:
                raise self.error(f"memmap: {line!r}: {error}") from error
        if not shown:
            figure += self.show(script, "")
        return [figure]

    def show(self, script: Script, caption: str) -> list[nodes.Node]:
        """The caption, and a picture and a list for each arena."""
        found = [self.line(caption)] if caption else []
        arenas = script.arenas()
        for number, (size, blocks) in enumerate(arenas, 1):
            if len(arenas) > 1:
                found.append(self.line(f"Arena {number}, {size:,} bytes"))
            found.append(nodes.raw("", draw(size, blocks), format="html"))
            items = (
                nodes.list_item("", nodes.paragraph("", str(b), translatable=False))
                for b in blocks
            )
            found.append(nodes.bullet_list("", *items, classes=["visually-hidden"]))
        return found

    def line(self, text: str) -> nodes.paragraph:
        """A line above a picture, of inline Markdown."""
        inline, messages = self.parse_inline(text)
        found = nodes.paragraph(text, "", *inline, *messages, classes=["caption-line"])
        self.set_source_info(found)
        return found


def setup(app):
    app.add_directive("memmap", MemMapDirective)
