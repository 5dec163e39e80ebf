"""What there is: the folders of docs/exercises, and whether they are complete."""

import ast
import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from compare import markup, pairs, source

FOLDER = source.ROOT / "docs" / "exercises"
LEVELS = ("easy", "medium", "hard")
KEYS = ("title", "level", "minutes", "chapter", "pair", "symbol", "fails")
FILES = ("task.md", "start.py", "check.py", "hints.md", "solution.py", "after.md")
HOLDS = "## What has to hold"
DIRECTIVE = "```{exercise}\n```"
ALLOWED = {"minimp", *sys.stdlib_module_names}  # what an answer may import
FOR_WRONG = {"solution"}  # and what a wrong one may, besides
STUB_LINES = 40
HINTS, WRONG = 2, 2  # at least


@dataclass(frozen=True)
class Exercise:
    """One folder. What a file would say that is missing is "" or empty."""

    folder: Path

    @property
    def number(self):
        return int(self.folder.name[:2])

    @property
    def name(self):
        """Its name without the number, as it is typed: atomic-add."""
        return self.folder.name[3:]

    @property
    def module(self):
        """The name of the learner's module: atomic_add."""
        return self.name.replace("-", "_")

    @property
    def start(self):
        return self.folder / "start.py"

    @property
    def check(self):
        return self.folder / "check.py"

    @property
    def solution(self):
        return self.folder / "solution.py"

    @property
    def wrong(self):
        """The files of plausible wrong answers."""
        return sorted(self.folder.glob("wrong_*.py"))

    @property
    def meta(self):
        """What stands before the task, {key: value}, both str."""
        return front_matter(self.text("task.md"))

    @property
    def title(self):
        return self.meta.get("title") or self.name

    @property
    def level(self):
        return self.meta.get("level", "")

    @property
    def minutes(self):
        return self.meta.get("minutes", "")

    @property
    def chapters(self):
        """The chapters that it belongs to; the first is the one to read before."""
        return [word.strip() for word in self.meta.get("chapter", "").split(",")]

    @property
    def lines(self):
        """What has to hold, {number: sentence}."""
        return numbered(self.text("task.md").partition(HOLDS)[2])

    @property
    def hints(self):
        """The hints, a list of Markdown texts, each giving a little more."""
        parts = re.split(r"^## Hint \d+\n", self.text("hints.md"), flags=re.MULTILINE)
        return [part.strip() for part in parts[1:]]

    def text(self, file):
        """Return what a file says; "" if there is no such file."""
        path = self.folder / file
        return path.read_text("utf-8") if path.is_file() else ""


def load():
    """Return all exercises, a list in the order of the ladder."""
    folders = [path for path in sorted(FOLDER.glob("[0-9][0-9]-*")) if path.is_dir()]
    return [Exercise(folder) for folder in folders]


def find(name):
    """Return the Exercise that is meant: `2`, `02`, `atomic-add`, `02-atomic-add`, or
    the learner's file. LookupError names what comes near."""
    known = load()
    asked = Path(name).name.removesuffix(".py").replace("_", "-").lower()
    for exercise in known:
        if asked in (exercise.name, exercise.folder.name):
            return exercise
        if asked.isdecimal() and int(asked) == exercise.number:
            return exercise
    near = difflib.get_close_matches(asked, [one.name for one in known], n=3)
    near += [one.name for one in known if asked in one.name and one.name not in near]
    raise LookupError(source.unknown("exercise", name, near))


def front_matter(text):
    """Return {key: value} of the lines between `---` at the head of a text."""
    found = re.match(r"---\n(.*?)^---\n", text, re.DOTALL | re.MULTILINE)
    lines = found[1].splitlines() if found else []
    said = [line.partition(":")[::2] for line in lines]
    return {key.strip(): _unquoted(value.strip()) for key, value in said}


def _unquoted(value):
    if value[:1] not in ("'", '"'):
        return value
    return ast.literal_eval(source.parse(value).body[0].value)


def numbered(text):
    """Return {number: sentence} of a numbered list in Markdown, without its markup."""
    items = {}
    for line in text.splitlines():
        item = re.match(r"(\d+)\. +(.*)", line)
        if item:
            now = int(item[1])
            items[now] = item[2].strip()
        elif items and line.startswith("   "):
            items[now] += " " + line.strip()
        elif items and line.strip():
            break
    return {number: plain(sentence) for number, sentence in items.items()}


def plain(text):
    """Return Markdown without links and roles, for a terminal."""
    text = re.sub(r"\{\w+\}`([^`<]+?)(?: <[^>]+>)?`", r"\1", text)
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)


def markdown():
    """Return the ladder as a Markdown table, each title linked to its page."""
    head = ["", "exercise", "level", "minutes", "read before"]
    rows = []
    for one in load():
        link = f"{{doc}}`{one.title} </exercises/{one.folder.name}/task>`"
        before = f"{{doc}}`/{one.chapters[0]}`"
        rows.append([str(one.number), link, one.level, one.minutes, before])
    return markup.table(head, "|--:|:--|:--|--:|:--|", rows)


# The site reads the page anew when one of these changes.
markdown.reads = sorted(FOLDER.glob("*/task.md"))


# --- is it complete? --------------------------------------------------------------


def problems(exercise):
    """Yield what is missing in an exercise or wrong with its form, a sentence each."""
    there = {path.name for path in exercise.folder.iterdir()} - {"__pycache__"}
    expected = {*FILES, *(path.name for path in exercise.wrong)}
    yield from (f"{file} is missing" for file in FILES if file not in there)
    yield from (f"{file} does not belong here" for file in sorted(there - expected))
    yield from _problems_of_head(exercise.meta)
    yield from _problems_of_task(exercise)
    yield from _problems_of_code(exercise)
    yield from _problems_of_texts(exercise)


def _problems_of_head(meta):
    for key in KEYS:
        if not meta.get(key):
            yield f"task.md: the front matter does not say {key!r}"
    yield from (f"task.md: unknown key {key!r}" for key in meta if key not in KEYS)
    if meta.get("level", LEVELS[0]) not in LEVELS:
        yield f"task.md: level is none of {', '.join(LEVELS)}"
    if not meta.get("minutes", "1").isdecimal():
        yield "task.md: minutes is no number"
    for chapter in filter(None, map(str.strip, meta.get("chapter", "").split(","))):
        if not (FOLDER.parent / f"{chapter}.md").is_file():
            yield f"task.md: there is no chapter {chapter}"
    for key, look_up in (("pair", pairs.get), ("symbol", pairs.find)):
        try:
            look_up(meta[key])
        except LookupError as error:
            if key in meta:
                yield f"task.md: {key}: {error.args[0]}"


def _problems_of_task(exercise):
    text, lines = exercise.text("task.md"), exercise.lines
    if f"\n# {exercise.title}\n" not in text:
        yield f"task.md: the heading is not `# {exercise.title}`, as the title says"
    if not text.rstrip().endswith(DIRECTIVE):
        yield "task.md does not end with the directive `exercise`"
    if list(lines) != list(range(1, len(lines) + 1)) or not lines:
        yield f"task.md: no list from 1 below `{HOLDS}`"
    checked = checks(exercise)
    yield from (
        f"check.py: no check test_{line}_... for line {line}"
        for line in lines
        if line not in checked
    )
    yield from (
        f"check.py: test_{line}_... checks no line of the task"
        for line in sorted(set(checked) - set(lines))
    )
    if checked != sorted(checked):
        yield "check.py: the checks are not in the order of the lines"


def checks(exercise):
    """Return the number of the line for each check, in the order of the file."""
    found = re.findall(r"^def test_(\w*)", exercise.text("check.py"), re.MULTILINE)
    return [int(re.match(r"\d+|", name)[0] or 0) for name in found]


def _problems_of_code(exercise):
    count = exercise.text("start.py").count("\n")
    if count > STUB_LINES:
        yield f"start.py has {count} lines; {STUB_LINES} are the most"
    if len(exercise.wrong) < WRONG:
        yield f"there are {len(exercise.wrong)} wrong answers (wrong_*.py) of {WRONG}"
    answers = (exercise.start, exercise.solution, *exercise.wrong)
    for path in (path for path in answers if path.is_file()):
        try:
            tree = source.parse(path.read_text("utf-8"), path.name)
        except SyntaxError as error:
            yield f"{path.name}: {error}"
            continue
        if not ast.get_docstring(tree):
            yield f"{path.name} has no docstring"
        allowed = ALLOWED | FOR_WRONG if path in exercise.wrong else ALLOWED
        for name in sorted({*_imported(tree)} - allowed):
            yield f"{path.name} imports {name}: neither minimp nor standard library"


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def _problems_of_texts(exercise):
    if len(exercise.hints) < HINTS:
        yield f"hints.md has {len(exercise.hints)} hints (## Hint 1, ...) of {HINTS}"
    titles = re.findall(r"^## Hint (\d+)$", exercise.text("hints.md"), re.MULTILINE)
    if titles != [str(n) for n in range(1, len(titles) + 1)]:
        yield "hints.md: the hints are not numbered from 1"
    if re.search(r"^#", exercise.text("after.md"), re.MULTILINE):
        yield "after.md has headings; it is shown inside the task's page"
