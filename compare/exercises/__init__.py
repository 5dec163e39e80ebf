"""The exercises: a ladder of tasks, each checked on the learner's own machine.

An exercise is a folder of docs/exercises (see docs/exercises/add-an-exercise.md).
The learner's own files lie in `exercises`, in the folder where the verb is used.
"""

import argparse
import sys
import time
from pathlib import Path

from compare.exercises import ladder, running, telling
from compare.exercises.telling import COMMAND
from compare.exercises.work import DONE, Work

WATCH = 0.3  # seconds between two looks at the file
EPILOG = f"""\
Without a NAME, --watch, hint, solution and reset mean the one that you are at.

  {COMMAND} counter            begin, or check what you have
  {COMMAND} --watch            check it on each save
  {COMMAND} hint               the next hint
  {COMMAND} solution           once the checks pass
  {COMMAND} reset              begin again
"""


def main(argv):
    """Do what the arguments say; return the exit status: 1 if a check has failed."""
    options = _parser().parse_intermixed_args(argv)
    work = Work()
    try:
        if options.check:
            return _prove(options.words, options.times)
        if not options.words and not options.watch:
            print(telling.steps(work))
            return 0
        action, exercise = _meant(options.words, work)
        if exercise is None:
            print("All exercises are done.")
            return 0
        if options.answer:
            return _try(exercise, Path(options.answer).resolve())
        return action(exercise, work, options)
    except BrokenPipeError:
        raise  # the reader of what is printed, such as `head`, has seen enough
    except (LookupError, RuntimeError, OSError) as error:
        said = str(error) if isinstance(error, OSError) else error.args[0]
        print(f"{COMMAND}: {said}", file=sys.stderr)
        return 2


def _meant(words, work):
    """Return (what is to be done, with which Exercise or None)."""
    action = VERBS.get(words[0]) if words else None
    rest = words[1:] if action else words
    if len(rest) > 1:
        raise LookupError(
            f"one NAME at a time, not {' '.join(rest)}"
            f" (before a NAME: {', '.join(VERBS)})"
        )
    exercise = ladder.find(rest[0]) if rest else work.next()
    return action or _check, exercise


def _check(exercise, work, options):
    """Begin an exercise, or check what is there; with `--watch`, again and again."""
    path = work.path(exercise)
    if work.folder.resolve() == ladder.FOLDER:
        raise LookupError("this folder holds the tasks; use it in the one above `docs`")
    if work.begin(exercise):
        print(f"Begun: {_near(path)}. Its task: {_near(exercise.folder / 'task.md')}\n")
    if not options.watch:
        return _round(exercise, work)
    try:
        while True:
            seen = _seen(path)
            _round(exercise, work)
            print(f"\nWatching {_near(path)} until Ctrl-C.", flush=True)
            while _seen(path) in (seen, None):
                time.sleep(WATCH)
            print("\n" + "-" * 60)
    except KeyboardInterrupt:
        return 0


def _round(exercise, work):
    """Run the checks once and say what became of them; return 1 if one has failed."""
    path, digest = work.path(exercise), work.digest(exercise)
    print(telling.paint(f"{exercise.folder.name}: {exercise.title}", telling.BOLD))
    [outcome] = running.run(exercise.check, [path])
    print(telling.result(exercise, outcome, _near(path)))
    if not outcome.ok:
        print(f"Stuck? {COMMAND} hint {exercise.name}")
        return 1
    work.passed(exercise, digest)
    print(f"\nAll of it holds.\n\n{ladder.plain(exercise.text('after.md')).strip()}\n")
    print(f"To compare with a solution: {COMMAND} solution {exercise.name}")
    if work.next():
        print(f"Go on: {COMMAND} {work.next().name}")
    return 0


def _try(exercise, path):
    """Run the checks against any file; nothing is recorded."""
    if not path.is_file():
        raise LookupError(f"no file {path}")
    [outcome] = running.run(exercise.check, [path])
    print(telling.result(exercise, outcome, _near(path)))
    return 0 if outcome.ok else 1


def _hint(exercise, work, options):
    """Print the hints so far, and the next one."""
    hints = exercise.hints
    count = min(work.hints(exercise) + 1, len(hints))
    for number, hint in enumerate(hints[:count], 1):
        title = f"{exercise.folder.name}, hint {number} of {len(hints)}"
        print(f"{telling.paint(title, telling.BOLD)}\n\n{ladder.plain(hint)}\n")
    if count == work.hints(exercise):
        print(f"There are no more. {COMMAND} solution --give-up {exercise.name}")
    work.hint_seen(exercise, count)
    return 0


def _solution(exercise, work, options):
    """Print the solution if the checks pass, or if the learner gives up."""
    if work.state(exercise) != DONE and not options.give_up:
        print(
            f"{exercise.folder.name} is {work.state(exercise)}: the solution is shown "
            f"once the checks pass.\nTo see it now: {COMMAND} solution --give-up "
            f"{exercise.name}",
            file=sys.stderr,
        )
        return 1
    print(exercise.text("solution.py"), end="")
    return 0


def _reset(exercise, work, options):
    """Put the stub in place of the learner's file, after a question."""
    path = work.path(exercise)
    if path.exists() and not options.yes:
        question = (
            f"Begin {_near(path)} again? Yours is kept as {path.name}.old. [y/N] "
        )
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing has changed.")
            return 1
    work.folder.mkdir(parents=True, exist_ok=True)
    work.reset(exercise)
    print(f"{_near(path)} is the stub again.")
    return 0


VERBS = {"hint": _hint, "solution": _solution, "reset": _reset}


def _seen(path):
    """Return what changes when a file is saved; None while it is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:  # some editors write a new file and rename it
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _near(path):
    """Return a path as seen from the current folder, if it is in it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


# --- for those who write exercises ------------------------------------------------


def prove(exercise, times=1):
    """Yield what is wrong with an exercise, a sentence each: its form, then a run.

    The stub has to fail for the lesson's reason, the solution to pass, `times` times in
    a row, and every wrong answer to fail.
    """
    yield from ladder.problems(exercise)
    needed = (exercise.check, exercise.start, exercise.solution)
    if not all(path.is_file() for path in needed):
        return
    files = [exercise.start, *[exercise.solution] * times, *exercise.wrong]
    try:
        stub, *rest = running.run(exercise.check, files)
    except RuntimeError as error:
        yield error.args[0]
        return
    yield from _stub_problems(exercise, stub)
    for path, outcome in zip(files[1:], rest, strict=True):
        yield from _answer_problems(exercise, path, outcome)


def _stub_problems(exercise, outcome):
    fails = exercise.meta.get("fails", "")
    if outcome.ok:
        yield "start.py passes: there is nothing to do"
    elif outcome.failure:
        shown = "\n".join(telling.failure(outcome.failure, exercise.start))
        if fails not in shown:
            yield f"start.py does not fail with {fails!r}, but:\n{shown}"


def _answer_problems(exercise, path, outcome):
    if outcome.left:
        yield f"{path.name} left processes behind: {', '.join(outcome.left)}"
    if path != exercise.solution and outcome.ok:
        yield f"{path.name} passes: no check finds what is wrong with it"
    elif path != exercise.solution and outcome.failure and not outcome.failure.line:
        yield f"{path.name} could not be loaded: {outcome.failure.error}"
    elif path == exercise.solution and not outcome.ok:
        told = outcome.failure and telling.failure(outcome.failure, path)
        yield "\n".join([f"{path.name} fails:", *(told or ["it was not run"])])


def _prove(names, times):
    """Print what is wrong with the named exercises, or all; return 1 if anything is."""
    bad = 0
    for exercise in map(ladder.find, names) if names else ladder.load():
        found = list(prove(exercise, times))
        bad += bool(found)
        print(f"{exercise.folder.name}: {'' if found else 'complete'}".rstrip())
        print("".join(f"  {problem}\n" for problem in found), end="", flush=True)
    return 1 if bad else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        usage="%(prog)s [--watch] [[hint | solution | reset] NAME]",
        description="A ladder of exercises: extend minimp, checked on your machine.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="NAME", help="number or name")
    parser.add_argument("--watch", action="store_true", help="again on each save")
    parser.add_argument("--give-up", action="store_true", help="show the solution now")
    parser.add_argument("--yes", action="store_true", help="reset without a question")
    writing = parser.add_argument_group("for those who write exercises")
    writing.add_argument("--answer", metavar="FILE", help="run the checks against it")
    writing.add_argument("--check", action="store_true", help="is NAME (all) complete?")
    writing.add_argument(
        "--times", type=int, default=1, metavar="N", help="with --check: the solution's"
    )
    return parser
