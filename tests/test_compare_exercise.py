"""The verb `exercise`: what a learner sees, and what is kept of their work."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import minimp
from compare import __main__ as verbs
from compare import checks, exercises, pairs
from compare.exercises import ladder, running, telling, work

TASK = """\
---
title: Say {word}
level: easy
minutes: 5
chapter: chapters/one
pair: heap.Heap.free
symbol: multiprocessing.heap.Heap.free
fails: NotImplementedError
---

# Say {word}

Why.

## What has to hold

1. There is a function `say`.
2. It says *{word}*,
   and nothing [else](x.md).
3. It says so {{term}}`twice`.

```{{exercise}}
```
"""
CHECK = """\
from compare.checks import expect, within


def test_1_is_there(answer):
    assert callable(answer.say), "say cannot be called"


def test_2_says_it(answer):
    expect("say()", within(1, answer.say), "{word}")


def test_3_says_it_twice(answer):
    for _ in range(2):
        expect("say() once more", answer.say(), "{word}")
"""
STUB = '"""Say it."""\n\n\ndef say():\n    raise NotImplementedError("say it")\n'
SOLUTION = '"""It."""\n\n\ndef say():\n    return "{word}"\n'
HINTS = "## Hint 1\n\nThink of {word}.\n\n## Hint 2\n\nSay {{term}}`it`.\n"
WRONG = '"""Wrong."""\n\n\ndef say():\n    return "{word}{word}"\n'
FILES = {
    "task.md": TASK,
    "check.py": CHECK,
    "start.py": STUB,
    "solution.py": SOLUTION,
    "hints.md": HINTS,
    "after.md": "That was {word}.\n",
    "wrong_twice.py": WRONG,
    "wrong_not_at_all.py": '"""Wrong: no function."""\n',
}
WATCH = """
import pathlib, sys
import minimp
from compare import __main__ as verbs
from compare.exercises import ladder
ladder.FOLDER = pathlib.Path(sys.argv[1])
sys.exit(verbs.main(["exercise", "--watch", "hello"]))
"""


# What learners write, and whether it can be loaded.
TRIED = {
    "stub": STUB,
    "solution": SOLUTION.format(word="hello"),
    "hallo": 'def say():\n    print("I was here")\n    return "hallo"\n',
    "no_function": "say = 'hello'\n",
    "empty": "",
    "syntax": "def say()\n    return 1\n",
    "import": "import os\nfrom minimp import Conter\n",
    "exit": "raise SystemExit(3)\n",
    "hangs": "import threading\ndef say():\n    threading.Event().wait()\n",
    "solution_again": SOLUTION.format(word="hello"),
    "ends": "import os\ndef say():\n    os._exit(3)\n",
}


def make(root):
    """Make a ladder of two exercises in a folder, `hello` and `good-bye`."""
    for name, word in (("01-hello", "hello"), ("02-good-bye", "bye")):
        root.joinpath(name).mkdir(parents=True)
        for file, text in FILES.items():
            root.joinpath(name, file).write_text(text.format(word=word), "utf-8")
    root.parent.joinpath("chapters").mkdir()
    root.parent.joinpath("chapters", "one.md").touch()
    return root


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A ladder of two exercises; the current folder is a learner's."""
    here = tmp_path / "learner"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(ladder, "FOLDER", make(tmp_path / "docs" / "exercises"))
    return ladder.FOLDER


@pytest.fixture
def judged(monkeypatch):
    """The verb believes that a file passes if it says `return`; that is quicker."""

    def run(check, files):
        names = ["test_1_is_there", "test_2_says_it"]
        failure = running.Failure(2, ("say()", "1", "2"))
        return [
            running.Outcome(names, names)
            if "return" in path.read_text()
            else running.Outcome(names, names[:1], failure)
            for path in files
        ]

    monkeypatch.setattr(running, "run", run)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Return {name: Outcome} of TRIED, each a file hello.py."""
    root = make(tmp_path_factory.mktemp("ladder") / "docs" / "exercises")
    for name, text in TRIED.items():
        root.joinpath(name).mkdir()
        root.joinpath(name, "hello.py").write_text(text)
    files = [root / name / "hello.py" for name in TRIED]
    found = running.run(root / "01-hello" / "check.py", files)
    return dict(zip(TRIED, found, strict=True))


@pytest.fixture
def told(folder, outcomes):
    """told(name) -> the lines that a learner reads of one of TRIED."""
    exercise = ladder.find("hello")

    def lines(name):
        return lines_of(telling.result(exercise, outcomes[name], "exercises/hello.py"))

    return lines


@pytest.fixture
def said(capsys):
    """said(*words) -> (status, standard output, standard error) of the verb."""

    def run(*words):
        status = verbs.main(["exercise", *words])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def mine(folder):
    """mine(code) writes the learner's file of the first exercise."""
    path = folder.parents[1] / "learner" / "exercises" / "hello.py"
    path.parent.mkdir()

    def write(text):
        path.write_text(textwrap.dedent(text))
        return path

    return write


def lines_of(text):
    """What was printed, each line without the blanks around it."""
    return [" ".join(line.split()) for line in text.splitlines()]


# --- the ladder ------------------------------------------------------------------


def test_ladder_tells_what_is_done_and_where_to_go_on(folder, said, mine, judged):
    status, out, _ = said()
    assert status == 0
    assert "[ ] 1 hello easy, 5 min Say hello" in lines_of(out)
    assert "0 of 2 done.\nGo on: python -m compare exercise hello\n" in out
    path = mine(SOLUTION.format(word="hello"))
    assert "[>] 1 hello easy, 5 min Say hello (begun)" in lines_of(said()[1])
    assert said("hello")[0] == 0
    out = said()[1]
    assert "[x] 1 hello easy, 5 min Say hello" in lines_of(out)
    assert "1 of 2 done.\nGo on: python -m compare exercise good-bye\n" in out
    path.write_text(path.read_text() + "# more\n")
    out = said()[1]
    assert "[~] 1 hello easy, 5 min Say hello (changed since)" in lines_of(out)
    assert "0 of 2 done." in out


def test_ladder_writes_nothing(folder, said):
    said()
    assert os.listdir() == []


def test_the_one_begun_last_is_gone_on_with(folder, said, judged):
    assert said("2")[0] == said("1")[0] == 1
    os.utime("exercises/good_bye.py")
    os.utime("exercises/hello.py", (1, 1))
    assert "Go on: python -m compare exercise good-bye\n" in said()[1]
    assert "02-good-bye, hint 1 of 2" in said("hint")[1]


def test_when_all_are_done_it_says_so(folder, said, monkeypatch):
    monkeypatch.setattr(work.Work, "next", lambda self: None)
    assert said("hint") == (0, "All exercises are done.\n", "")
    assert "Go on" not in said()[1]


@pytest.mark.parametrize(
    "name", ["2", "02", "good-bye", "good_bye", "02-good-bye", "exercises/good_bye.py"]
)
def test_an_exercise_has_many_names(folder, name):
    assert ladder.find(name).folder == folder / "02-good-bye"


@pytest.mark.parametrize("name", ["goodbye", "bye", "GOOD"])
def test_unknown_name_gets_near_misses(folder, said, name):
    status, out, err = said(name)
    assert (status, out) == (2, "")
    assert err == (
        f"python -m compare exercise: no exercise {name!r}; near: good-bye\n"
    )
    assert os.listdir() == []


def test_one_name_at_a_time(folder, said):
    verbs = " (before a NAME: hint, solution, reset)\n"
    assert said("hint", "1", "2")[2].endswith("one NAME at a time, not 1 2" + verbs)
    assert said("1", "hint")[2].endswith("one NAME at a time, not 1 hint" + verbs)


# --- the checks ------------------------------------------------------------------


def test_stub_is_copied_once_and_work_is_kept(folder, said, mine, judged):
    mine("").unlink()
    status, out, _ = said("hello")
    assert status == 1
    path = folder.parents[1] / "learner" / "exercises" / "hello.py"
    assert path.read_text() == STUB
    assert out.startswith("Begun: exercises/hello.py. Its task: ")
    path.write_text("# mine\n" + STUB)
    status, out, _ = said("hello")
    assert "Begun" not in out
    assert path.read_text() == "# mine\n" + STUB


def test_exception_is_told_with_the_line_of_the_task_and_of_the_code(folder, said):
    status, out, err = said("hello")
    assert (status, err) == (1, "")
    assert lines_of(out)[2:] == [
        "01-hello: Say hello",
        "ok 1. There is a function `say`.",
        "no 2. It says *hello*, and nothing else.",
        "",
        "error NotImplementedError: say it",
        "where exercises/hello.py, line 5, in say",
        'raise NotImplementedError("say it")',
        "",
        "3. It says so twice.",
        "Stuck? python -m compare exercise hint hello",
    ]


def test_each_file_is_judged_for_itself(outcomes):
    passed = [name for name in TRIED if outcomes[name].ok]
    assert passed == ["solution", "solution_again"]
    assert outcomes["solution_again"].held == [1, 2, 3]
    assert outcomes["hallo"].held == outcomes["ends"].held == [1]
    assert outcomes["exit"].held == outcomes["no_function"].held == []


def test_values_are_told_with_what_was_expected(told):
    out = told("hallo")
    start = out.index("no 2. It says *hello*, and nothing else.")
    assert out[start + 2 : start + 6] == [
        "looked at say()",
        "expected 'hello'",
        "came 'hallo'",
        "printed I was here",
    ]


def test_assertion_is_told_in_its_own_words(told):
    assert told("no_function")[0] == "no 1. There is a function `say`."
    assert told("no_function")[2].startswith("looked at say cannot be called")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "syntax",
            [
                "error SyntaxError: expected ':'",
                "where exercises/hello.py, line 1",
                "def say()",
                "^",
            ],
        ),
        (
            "import",
            ["where exercises/hello.py, line 2", "from minimp import Conter"],
        ),
        (
            "exit",
            ["error SystemExit: 3", "where exercises/hello.py, line 1"],
        ),
    ],
)
def test_file_that_cannot_be_loaded_is_told_kindly(told, name, words):
    out = told(name)
    assert out[0] == "It could not be loaded:"
    at = out.index(words[0])
    assert out[at : at + len(words)] == words
    assert not any("There is a function" in line for line in out)


def test_name_that_is_missing_is_told_with_the_check_that_asked(folder, said, mine):
    mine("")
    out = lines_of(said("hello")[1])
    assert "error AttributeError: module 'hello' has no attribute 'say'" in out
    assert "asked by check.py, line 5, in test_1_is_there" in out


def test_where_a_call_hangs_is_told(told):
    assert "expected an answer in 1 s" in told("hangs")
    assert "where exercises/hello.py, line 3, in say" in told("hangs")


def test_answer_that_ends_the_process_is_told(told):
    assert "came its process has ended, with 3" in told("ends")


def test_check_that_hangs_is_ended_with_all_that_it_started(folder, mine, tmp_path):
    path = mine(f"""\
        import os, time
        if not (pid := os.fork()):
            time.sleep(1000)
        open({str(tmp_path / "pid")!r}, "w").write(str(pid))
        time.sleep(1000)
        """)
    [outcome] = running.run(ladder.find("hello").check, [path], patience=1)
    told = lines_of("\n".join(telling.failure(outcome.failure, path)))
    assert told[:3] == [
        "looked at test_1_is_there",
        "expected its end in 1 s",
        "came nothing so far",
    ]
    assert told[3] == f"where {path}, line 5"
    assert gone(int((tmp_path / "pid").read_text()))


def gone(pid):
    """Whether a process ends soon: whoever inherits it may have to reap it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_checks_that_cannot_run_are_an_error_and_no_verdict(folder, said):
    folder.joinpath("01-hello", "check.py").write_text("import nothing_of_this_name\n")
    status, _, err = said("hello")
    assert status == 2
    assert "could not be run" in err and "nothing_of_this_name" in err


def test_missing_pytest_is_told_with_the_way_to_get_it(folder, said, monkeypatch):
    monkeypatch.setattr(running.importlib.util, "find_spec", lambda name: None)
    status, _, err = said("hello")
    assert status == 2
    assert "pytest is missing" in err and "pip install -q -e '.[dev]'" in err


def test_verbs_do_without_pytest():
    code = "import sys; sys.modules['pytest'] = None; from compare import __main__"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stderr == b"" and done.returncode == 0


def test_folder_that_cannot_be_written_to_is_told(folder, said):
    Path("exercises").touch()  # root may write where others may not
    status, _, err = said("hello")
    assert status == 2
    assert "File exists" in err and "exercises" in err


def test_passing_shows_what_to_notice(folder, said, mine):
    mine(SOLUTION.format(word="hello"))
    status, out, _ = said("hello")
    assert status == 0
    assert "All of it holds.\n\nThat was hello.\n" in out
    assert "Go on: python -m compare exercise good-bye\n" in out
    assert "no 2." not in out and "ok  2." in out


def test_any_file_can_be_checked_and_nothing_is_kept(folder, said, judged):
    wrong, solution = ladder.find("1").wrong[0], ladder.find("1").solution
    assert said("1", "--answer", str(wrong))[0] == 1
    assert said("1", "--answer", str(solution))[0] == 0
    assert said("1", "--answer", "nothing.py")[0] == 2
    assert os.listdir() == []


def test_colour_is_for_terminals(folder, outcomes, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    shown = ladder.find("hello"), outcomes["stub"], "hello.py"
    assert "\033" not in telling.result(*shown)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "\033[31mno  2." in telling.result(*shown)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in telling.result(*shown)


def test_tasks_folder_is_not_written_to(folder, said, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert said("hello")[0] == 2
    assert sorted(os.listdir(folder)) == ["01-hello", "02-good-bye"]


# --- hints, solution, reset ------------------------------------------------------


def test_hints_come_one_by_one(folder, said):
    first, second, third = (said("hint", "hello")[1] for _ in range(3))
    assert "hint 1 of 2\n\nThink of hello.\n" in first and "Say it" not in first
    assert "Think of hello.\n" in second and "hint 2 of 2\n\nSay it.\n" in second
    assert "no more" not in second and "There are no more." in third


def test_solution_is_shown_once_the_checks_pass_or_if_you_give_up(
    folder, said, mine, judged
):
    status, out, err = said("solution", "hello")
    assert (status, out) == (1, "") and "once the checks pass" in err
    text = SOLUTION.format(word="hello")
    assert said("solution", "--give-up", "hello") == (0, text, "")
    assert said("solution", "hello", "--give-up") == (0, text, "")
    mine(text + "# mine\n")
    assert said("hello")[0] == 0
    assert said("solution", "hello") == (0, text, "")


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_reset_asks_first(folder, said, mine, monkeypatch, answer):
    path = mine("# mine\n")
    asked = []
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or answer)
    assert said("reset", "hello") == (1, "Nothing has changed.\n", "")
    assert asked and "exercises/hello.py" in asked[0]
    assert path.read_text() == "# mine\n"


def test_reset_keeps_what_was_there(folder, said, mine, judged, monkeypatch):
    path = mine(SOLUTION.format(word="hello"))
    assert said("hello")[0] == said("hint", "hello")[0] == 0
    monkeypatch.setattr("builtins.input", lambda text: "y")
    assert said("reset", "hello")[0] == 0
    assert path.read_text() == STUB
    assert path.with_name("hello.py.old").read_text() == SOLUTION.format(word="hello")
    assert "(begun)" in said()[1]
    assert "hint 2 of 2" not in said("hint", "hello")[1]


# --- progress --------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"hello": 3}', '{"hello": {"passed": 1, "hints": "x"}}', "\xff"],
)
def test_damaged_progress_is_no_obstacle(folder, said, mine, judged, text):
    path = mine(SOLUTION.format(word="hello"))
    path.with_name(".progress.json").write_bytes(text.encode("latin-1"))
    assert "(begun)" in said()[1]
    assert "hint 1 of 2" in said("hint", "hello")[1]
    assert said("hello")[0] == 0
    assert "1 of 2 done." in said()[1]
    assert set(json.loads(path.with_name(".progress.json").read_text())) == {"hello"}


def test_file_that_is_gone_is_open_again(folder, said, mine, judged):
    path = mine(SOLUTION.format(word="hello"))
    assert said("hello")[0] == 0
    path.unlink()
    assert "[ ] 1 hello easy, 5 min Say hello" in lines_of(said()[1])


# --- watch -----------------------------------------------------------------------


def test_watch_checks_again_on_each_save_until_ctrl_c(folder, mine):
    path = mine(STUB)
    with subprocess.Popen(
        [sys.executable, "-u", "-c", WATCH, folder],
        env=os.environ | {"PYTHONPATH": str(pairs.ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        alarm = threading.Timer(30, process.kill)
        alarm.start()
        try:
            first = up_to(process.stdout, "until Ctrl-C")
            assert any(line.startswith("no  2.") for line in first)
            path.with_name("new").write_text(SOLUTION.format(word="hello"))
            os.replace(path.with_name("new"), path)
            second = up_to(process.stdout, "until Ctrl-C")
            assert "All of it holds.\n" in second
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=10) == ("", "")
            assert process.returncode == 0
        finally:
            alarm.cancel()
            alarm.join()
            process.kill()


def up_to(lines, words):
    """Read lines up to one with these words."""
    found = []
    for line in lines:
        found.append(line)
        if words in line:
            return found
    raise AssertionError(f"no {words!r} in {found}")


# --- for those who write exercises ------------------------------------------------


def test_complete_exercise_has_no_problems(folder, said):
    assert said("--check", "hello") == (0, "01-hello: complete\n", "")


def change(file, old, new):
    return lambda path: path.joinpath(file).write_text(
        path.joinpath(file).read_text().replace(old, new)
    )


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda path: (path / "after.md").unlink(), "after.md is missing"),
        (lambda path: (path / "x.md").touch(), "x.md does not belong here"),
        (change("task.md", "level: easy\n", ""), "does not say 'level'"),
        (change("task.md", "easy", "simple"), "level is none of easy, medium, hard"),
        (change("task.md", "minutes: 5", "minutes: few"), "minutes is no number"),
        (change("task.md", "minutes", "hours"), "unknown key 'hours'"),
        (change("task.md", "chapters/one", "chapters/two"), "no chapter chapters/two"),
        (change("task.md", "heap.Heap.free\nsy", "heap.Heap.fre\nsy"), "pair: no pair"),
        (change("task.md", "ing.heap.Heap.free", "ing.heap.Hop"), "symbol: no symbol"),
        (change("task.md", "# Say hello\n", "# Say it\n"), "heading is not `# Say"),
        (change("task.md", "```{exercise}\n```", "The end."), "does not end with"),
        (change("task.md", "3. It", "4. It"), "no list from 1"),
        (change("task.md", "3. It", "It"), "test_3_... checks no line"),
        (change("check.py", "test_3_", "test_2_"), "no check test_3_... for line 3"),
        (change("check.py", "test_1_", "test_3_"), "not in the order of the lines"),
        (change("hints.md", "## Hint 2", "Hint"), "has 1 hints"),
        (change("hints.md", "## Hint 2", "## Hint 3"), "not numbered from 1"),
        (change("after.md", "That", "# That"), "after.md has headings"),
        (change("start.py", "def", "\n" * 40 + "def"), "start.py has 45 lines"),
        (change("start.py", '"""Say it."""', ""), "start.py has no docstring"),
        (change("start.py", "def", "import compare\ndef"), "start.py imports compare"),
        (change("start.py", "def", "import solution\ndef"), "start.py imports solut"),
        (change("solution.py", "def", "import solution\ndef"), "solution.py imports"),
        (change("wrong_twice.py", "def", "import check\ndef"), "twice.py imports c"),
        (change("wrong_twice.py", "def say", "def"), "wrong_twice.py: invalid syntax"),
        (lambda path: (path / "wrong_twice.py").unlink(), "1 wrong answers"),
    ],
)
def test_what_is_missing_is_told(folder, spoil, problem):
    exercise = ladder.find("hello")
    assert list(ladder.problems(exercise)) == []
    spoil(exercise.folder)
    assert any(problem in found for found in ladder.problems(exercise))


def test_wrong_answer_may_import_the_solution(folder):
    exercise = ladder.find("hello")
    code = '"""Wrong."""\nfrom solution import say\n'
    (exercise.folder / "wrong_twice.py").write_text(code)
    assert list(ladder.problems(exercise)) == []


def test_wrong_answer_that_cannot_be_loaded_is_told(folder):
    """It fails, but not for its reason: the solution may have another name now."""
    exercise = ladder.find("hello")
    code = '"""Wrong."""\nfrom solution import shout\n'
    (exercise.folder / "wrong_twice.py").write_text(code)
    [found] = exercises.prove(exercise)
    words = "wrong_twice.py could not be loaded: ImportError: cannot import name"
    assert found.startswith(f"{words} 'shout'")


IN_A_CHILD = """
import multiprocessing
import solution
def say():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(solution.say)
"""


def test_each_answer_has_a_solution_of_its_own(folder):
    """That of its folder, and unchanged; a process that it spawns has it too."""
    here, there = folder / "01-hello", folder / "02-good-bye"
    answers = {
        here / "solution.py": None,
        here / "wrong_changes_it.py": "import solution\nsolution.say = print\n",
        here / "wrong_none.py": "from solution import say\n",
        there / "wrong_other.py": "from solution import say\n",
        here / "wrong_spawns.py": IN_A_CHILD,
    }
    for path, code in answers.items():
        if code:
            path.write_text(code)
    found = running.run(here / "check.py", list(answers))
    assert [outcome.ok for outcome in found] == [True, False, True, False, True]
    assert found[3].failure.met == ("say()", "'hello'", "'bye'")


def test_what_a_run_shows_is_told(folder, said):
    path = folder / "01-hello"
    change("start.py", "raise NotImplementedError", "print")(path)
    change("solution.py", "hello", "hallo")(path)
    change("wrong_twice.py", "hellohello", "hello")(path)
    found = list(exercises.prove(ladder.find("hello")))
    assert found[0].startswith("start.py does not fail with 'NotImplementedError', but")
    assert found[1].startswith("solution.py fails:") and "'hallo'" in found[1]
    assert found[2] == "wrong_twice.py passes: no check finds what is wrong with it"


def test_process_that_a_check_leaves_is_told(folder, said):
    path = folder / "01-hello"
    change("start.py", 'raise NotImplementedError("say it")', 'return "hello"')(path)
    change("solution.py", "def", "import minimp, time\n\n\ndef")(path)
    start = "minimp.Process(target=time.sleep, args=(99,), name='left').start()"
    change("solution.py", "    return", f"    {start}\n    return")(path)
    assert said("--check", "hello") == (
        1,
        "01-hello:\n"
        "  start.py passes: there is nothing to do\n"
        "  solution.py left processes behind: left, left, left\n",
        "",
    )


def test_check_without_an_answer_is_refused(folder):
    change("check.py", "test_1_is_there(answer)", "test_1_is_there()")(
        folder / "01-hello"
    )
    [found] = exercises.prove(ladder.find("hello"))
    assert "test_1_is_there has no argument `answer`" in found


# --- what checks are written with -------------------------------------------------


def test_expect_says_what_was_expected():
    checks.expect("one", 1, 1)
    with pytest.raises(checks.NotMet, match="^one: expected 1, came 2$"):
        checks.expect("one", 2, 1)
    with pytest.raises(AssertionError) as caught:
        checks.expect("much", "x" * 1000, "y")
    assert checks.LONGEST // 2 < len(caught.value.came) <= checks.LONGEST


def test_value_without_a_repr_is_shown_all_the_same():
    class Gone:
        def __repr__(self):
            raise ConnectionError("no manager")

    assert checks.shown(Gone()) == "<Gone without a repr: no manager>"


def test_within_gives_the_result_or_the_error():
    assert checks.within(5, divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        checks.within(5, divmod, 7, 0)


def test_within_fails_when_it_takes_too_long():
    release = threading.Event()
    with pytest.raises(checks.NotMet, match="answer in 0.05 s, came nothing") as caught:
        checks.within(0.05, release.wait)
    release.set()
    assert "threading.py" in caught.value.stack


def test_requests_of_a_block_are_noted():
    with minimp.Manager() as manager:
        numbers = manager.list()
        with checks.requests() as sent:
            numbers.append(1)
            assert len(numbers) == 1
        numbers.append(2)
        assert sent == ["append", "__len__"]
