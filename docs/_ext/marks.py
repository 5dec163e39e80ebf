"""`{at}`: a phrase of a note that lights lines of its step.

A mark becomes a link to the first of them. Marks are matched after translation, so
that a translator's are held to the same rule: each names a line, at most six differ.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .pair_nodes import line_id, pair, pair_cell, pair_mark, pair_step

HUES = 6  # that many marks a step can tell apart
logger = logging.getLogger(__name__)


class AtRole(SphinxRole):
    """A phrase that names lines of its step."""

    def run(self):
        mark = pair_mark(self.text, "", pattern=self.text)
        mark += nodes.literal("", self.text)
        self.set_source_info(mark)
        return [mark], []


class ResolveMarks(SphinxPostTransform):
    """Give each mark its hue and its target, and each step its marked lines."""

    default_priority = 400

    def run(self, **kwargs):
        for figure in self.document.findall(pair):
            for step in figure.findall(pair_step):
                self.resolve(figure, step)
        for mark in list(self.document.findall(pair_mark)):
            if "to" not in mark:
                self.warn(mark)
                mark.replace_self(mark.children)

    def resolve(self, figure, step):
        cells = list(step.findall(pair_cell))
        for cell in cells:
            cell["marks"] = {}  # index of a line -> hues
        hues = {}  # pattern -> hue
        for mark in step.findall(pair_mark):
            hits = list(self.hits(cells, mark["pattern"]))
            with_anchor = [hit for hit in hits if hit[0]["built"]]
            if not with_anchor:
                self.explain(figure, step, mark)
                continue
            mark["hue"] = hues.setdefault(mark["pattern"], len(hues))
            mark["to"] = line_id(figure, *with_anchor[0])
            for cell, index in hits:
                cell["marks"].setdefault(index, set()).add(mark["hue"])
        if len(hues) > HUES:
            where = f"{figure['name']}: step {step['title']!r}"
            text = f"{where}: more than {HUES} different marks"
            logger.warning(text, location=step, type="pair")

    def hits(self, cells, pattern):
        """(cell, index) of each line of the step that contains *pattern*."""
        for cell in cells:
            excerpt, span = cell.shown
            if span:
                for index in excerpt.find(pattern, *span):
                    yield cell, index

    def explain(self, figure, step, mark):
        """Note for the warning where the mark was looked for."""
        where = (
            figure["excerpts"][side].where(mark["pattern"], *span)
            for side, span in step["spans"].items()
            if span
        )
        mark["why"] = f"no line of step {step['title']!r} {' nor '.join(where)}"

    def warn(self, mark):
        why = mark.get("why", "it stands in no step")
        text = f"mark {mark['pattern']!r}: {why}"
        logger.warning(text, location=mark, type="pair")


def setup(app):
    app.add_role("at", AtRole())
    app.add_post_transform(ResolveMarks)
