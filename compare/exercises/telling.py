"""What the verb prints: the ladder, what became of a run, hints."""

import linecache
import shutil
import textwrap

from compare import show
from compare.exercises import ladder
from compare.exercises.work import BEGUN, CHANGED, DONE, OPEN

COMMAND = "python -m compare exercise"
BOLD, GREEN, RED, YELLOW, GREY = "1", "32", "31", "33", "90"
MARKS = {DONE: "x", CHANGED: "~", BEGUN: ">", OPEN: " "}
COLOURS = {DONE: GREEN, CHANGED: YELLOW, BEGUN: BOLD, OPEN: ""}
PRINTED = 20  # lines shown of what the learner's code printed


def paint(text, colour):
    """Return `text` in a colour if standard output takes colours."""
    return f"\033[{colour}m{text}\033[0m" if colour and show.terminal()[1] else text


def steps(work):
    """Return the ladder as text: each exercise with its state, and where to go on."""
    known = ladder.load()
    states = [work.state(exercise) for exercise in known]
    width = max((len(exercise.name) for exercise in known), default=0)
    lines = []
    for exercise, state in zip(known, states, strict=True):
        level = f"{exercise.level}, {exercise.minutes} min"
        line = f"[{MARKS[state]}] {exercise.number:>2} {exercise.name:{width}}"
        line = f"{line}  {level:15} {exercise.title}"
        if state in (CHANGED, BEGUN):
            line += f" ({state})"
        lines.append(paint(line.rstrip(), COLOURS[state]))
    lines += ["", f"{states.count(DONE)} of {len(known)} done."]
    following = work.next()
    if following:
        lines.append(f"Go on: {COMMAND} {following.name}")
    return "\n".join(lines)


def result(exercise, outcome, file):
    """Return what became of a run: the lines that hold, and the first that does not."""
    failed = outcome.failure
    if failed and not failed.line:
        return "\n".join(["It could not be loaded:", "", *failure(failed, file), ""])
    found = []
    for number, sentence in exercise.lines.items():
        if failed and number == failed.line:
            found += [_item("no", number, sentence, RED), ""]
            found += [*failure(failed, file), ""]
        elif number in outcome.held:
            found.append(_item("ok", number, sentence, GREEN))
        else:
            found.append(_item("  ", number, sentence, GREY))
    return "\n".join(found)


def _item(mark, number, sentence, colour):
    width = min(shutil.get_terminal_size().columns, 88)
    line = textwrap.fill(
        f"{mark} {number:>2}. {sentence}", width, subsequent_indent=" " * 7
    )
    return paint(line, colour)


def failure(failed, file):
    """Return what a person needs to know of a Failure, a list of lines.

    `file` is what to call the learner's file.
    """
    lines = []
    if failed.met:
        for title, text in zip(
            ("looked at", "expected", "came"), failed.met, strict=True
        ):
            lines += _words(title, text)
    elif failed.kind == "AssertionError":
        lines += _words("looked at", failed.error.removeprefix("AssertionError: "))
    else:
        lines += _words("error", failed.error)
    if failed.place:
        lines += _where(failed, file)
    printed = failed.output.rstrip().splitlines()
    if len(printed) > PRINTED:
        printed = [f"({len(printed) - PRINTED} lines before)", *printed[-PRINTED:]]
    return [*lines, *(_words("printed", "\n".join(printed)) if printed else [])]


def _where(failed, file):
    """Return the lines that show a place; the learner's file is called `file`."""
    path, number, function = failed.place
    ours = path.parent.parent == ladder.FOLDER and path.name == "check.py"
    where = f"{path.name if ours else file}, line {number}"
    if function and function != "<module>":
        where += f", in {function}"
    linecache.checkcache(str(path))
    code = failed.code or linecache.getline(str(path), number).strip()
    title = "asked by" if ours else "where"
    return [*_words(title, where), *(_words("", code) if code else [])]


def _words(title, text):
    """Return lines: a title in the margin, and a text beside it."""
    first, *rest = text.splitlines() or [""]
    head = paint(f"{title:>16}", GREY)
    return [f"{head}  {first}", *(" " * 18 + line for line in rest)]
