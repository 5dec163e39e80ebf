"""`{exercise}` ends a task, `{exercises}` a chapter: see `compare.exercises`.

    ```{exercise}
    ```

shows, at the head of the page, how hard the task is, what to read before, and the
command to begin; where it stands, the stub, and folded: the checks, each hint, a
solution, the pair, and what to notice afterwards. All of it comes from the files beside
the task.

    :::{exercises}
    :::

links the exercises whose front matter names the chapter; there may be none.
"""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from compare import pairs
from compare.exercises import ladder
from compare.exercises.telling import COMMAND


class exercise_head(nodes.General, nodes.Element):
    """What is moved below the page's title."""


class fold(nodes.General, nodes.Element):
    """What is shown once it is asked for: a fold_title, and the rest."""


class fold_title(nodes.Part, nodes.TextElement):
    """What a fold says while it is shut."""


class Parsing(SphinxDirective):
    """What both directives need: Markdown made into nodes."""

    def parsed(self, text):
        """The nodes of a piece of Markdown."""
        body = nodes.Element()
        lines = StringList(text.splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, body)
        return body.children

    def note_files(self, exercise):
        for path in exercise.folder.iterdir():
            self.env.note_dependency(str(path))


class ExerciseDirective(Parsing):
    """All that a task's page shows beside the task."""

    def run(self):
        path = self.env.doc2path(self.env.docname)
        exercise = ladder.Exercise(path.parent)
        if missing := list(ladder.problems(exercise)):
            raise self.error(f"exercise {exercise.name}: {'; '.join(missing)}")
        self.note_files(exercise)
        hints = exercise.hints
        return [
            exercise_head("", *self.parsed(head(exercise))),
            self.rubric("Where you begin"),
            self.code(exercise, "start.py"),
            self.fold("check.py, the checks", self.code(exercise, "check.py")),
            self.rubric("If you are stuck"),
            *(
                self.fold(f"Hint {number} of {len(hints)}", *self.parsed(hint))
                for number, hint in enumerate(hints, 1)
            ),
            self.fold("A solution", self.code(exercise, "solution.py")),
            self.rubric("Afterwards"),
            self.fold("What to notice", *self.parsed(exercise.text("after.md"))),
            self.fold("The pair", *self.parsed(pair(exercise))),
        ]

    def rubric(self, text):
        found = nodes.rubric(text, text)
        self.set_source_info(found)
        return found

    def code(self, exercise, file):
        text = exercise.text(file).rstrip()
        found = nodes.literal_block(text, text, language="python")
        self.set_source_info(found)
        return found

    def fold(self, title, *children):
        head = fold_title(title, title)
        found = fold("", head, *children)
        for node in (head, found):
            self.set_source_info(node)
        return found


class ExercisesDirective(Parsing):
    """The exercises that a chapter ends with."""

    def run(self):
        found = []
        for exercise in ladder.load():
            self.env.note_dependency(str(exercise.folder / "task.md"))
            if self.env.docname in exercise.chapters:
                found.append(
                    f"Exercise: {{doc}}`{exercise.title} <{page(exercise)}>`"
                    f" ({exercise.level}, about {exercise.minutes} minutes),"
                    f" `{COMMAND} {exercise.name}`"
                )
        if not found:
            return []
        box = nodes.container("", *self.parsed("\n\n".join(found)), classes=["next"])
        self.set_source_info(box)
        return [box]


def page(exercise) -> str:
    """The name of an exercise's page, as the role doc wants it."""
    return f"/exercises/{exercise.folder.name}/task"


def head(exercise) -> str:
    """How hard it is, what to read before, who does it in CPython, how to begin."""
    before = ", ".join(f"{{doc}}`/{chapter}`" for chapter in exercise.chapters[:1])
    symbol = exercise.meta["symbol"]
    return (
        f"Exercise {exercise.number}, {exercise.level}, about {exercise.minutes}"
        f" minutes. Read before: {before}. In CPython: {{src}}`{symbol}`.\n\n"
        f"```sh\n{COMMAND} {exercise.name}\n```"
    )


def pair(exercise) -> str:
    """The pair, once more, and where a chapter goes through it."""
    name = exercise.meta["pair"]
    text = f"::::{{pair}} {name}\n:again:\n::::"
    anchor = pairs.on_the_site().get(pairs.get(name).left)
    told = f"[A chapter goes through it in steps](#{anchor}).\n\n" if anchor else ""
    return told + text


def move_head(app, doctree):
    """Put the head of an exercise below the title of its page."""
    for node in list(doctree.findall(exercise_head)):
        node.parent.remove(node)
        title = next(doctree.findall(nodes.title))
        title.parent[1:1] = node.children


def plain_folds(app, doctree, docname):
    """Where there is no HTML nothing is folded."""
    if app.builder.format != "html":
        for node in list(doctree.findall(fold)):
            title = node.next_node(fold_title)
            title.replace_self(nodes.rubric("", "", *title.children))
            node.replace_self(node.children)


def setup(app):
    def visit_fold(self, node):
        self.body.append('<details class="fold">')

    def depart_fold(self, node):
        self.body.append("</details>\n")

    def visit_title(self, node):
        self.body.append("<summary>")

    def depart_title(self, node):
        self.body.append("</summary>\n")

    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_title, depart_title))
    app.add_directive("exercise", ExerciseDirective)
    app.add_directive("exercises", ExercisesDirective)
    app.connect("doctree-read", move_head)
    app.connect("doctree-resolved", plain_folds)
