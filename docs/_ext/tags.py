"""`{tags}`: the notes that minimp's own comments hold, collected by file.

`compare.tags` finds them. `:module: heap` shows the notes of one file alone, as at
the end of a chapter.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from compare.tags import TAGS, notes, sentence

from .sources import PACKAGE, page_name


class TagsDirective(SphinxDirective):
    """One list a file: symbol, linked to its line, and what the note says."""

    required_arguments = 1
    option_spec = {"module": directives.unchanged_required}

    def run(self):
        kind = directives.choice(self.arguments[0], tuple(TAGS))
        paths = sorted(PACKAGE.glob(self.options.get("module", "*") + ".py"))
        if not paths:
            raise self.error(f"tags: no file {self.options['module']}.py in minimp")
        found = []
        for path in paths:
            self.env.note_dependency(str(path))
            items = [self.item(note) for note in notes(path, TAGS[kind])]
            if items and "module" not in self.options:
                title = nodes.literal("", f"minimp/{path.name}")
                found.append(nodes.rubric("", "", title))
            if items:
                found.append(nodes.bullet_list("", *items, classes=["notes"]))
        return found or [self.nothing()]

    def item(self, note):
        link = nodes.reference("", "", internal=True)
        link["listing"] = page_name(note.path), f"L{note.line}"
        link += nodes.literal("", note.symbol or note.path.name)
        inline, messages = self.parse_inline(sentence(note.text))
        line = nodes.paragraph("", "", link, nodes.Text(": "), *inline)
        self.set_source_info(line)
        return nodes.list_item("", line, *messages)

    def nothing(self):
        return nodes.paragraph("", "Nothing.", translatable=False)


def setup(app):
    app.add_directive("tags", TagsDirective)
