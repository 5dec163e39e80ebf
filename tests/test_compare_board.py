"""The board counts what each verb counts, and says what is not as it should be."""

import contextlib
import json
import platform
import re
import sys
from typing import NamedTuple

import pytest

from compare import __main__ as verbs
from compare import (
    api,
    bench,
    board,
    interpreters,
    museum,
    probe,
    show,
    size,
    suite,
    tracebacks,
    versions,
)

GOOD = board.Row("run", "12 of 12", True, {"same": 12})
BAD = board.Row("size", "too many", False, {"lines": 9})


@pytest.fixture
def rows(monkeypatch):
    """Return a function that makes the board one of the given rows."""

    def use(*some):
        asked = []

        def counting(python):
            asked.append(python)
            yield from ((row.verb, lambda row=row: row) for row in some)

        monkeypatch.setattr(board, "counting", counting)
        return asked

    return use


def test_each_row_names_a_verb(rows, capsys):
    rows(GOOD, GOOD)
    assert verbs.main([]) == 0
    out = capsys.readouterr().out.splitlines()
    version = platform.python_version()
    assert out[0] == f"minimp beside the multiprocessing of CPython {version}"
    assert out[2:4] == ["run         12 of 12"] * 2
    assert "python -m compare api" in out[-1]


def test_row_that_is_not_good_is_the_status(rows, capsys):
    rows(BAD)
    assert verbs.main([]) == 1
    assert "! size      too many" in capsys.readouterr().out.splitlines()


def test_json_has_the_figures(rows, capsys):
    rows(GOOD, BAD)
    assert verbs.main(["--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["cpython"] == platform.python_version()
    assert told["rows"] == [GOOD._asdict(), BAD._asdict()]


def test_row_that_fails_does_not_hide_the_others(rows, monkeypatch, capsys):
    def fail():
        raise RuntimeError("value, minimp, free: it took too long")

    some = [("bench", fail), ("run", lambda: GOOD)]
    monkeypatch.setattr(board, "counting", lambda python: (one for one in some))
    assert verbs.main([]) == 1
    assert capsys.readouterr().out.splitlines()[2:4] == [
        "! bench     failed: value, minimp, free: it took too long",
        "run         12 of 12",
    ]


def test_other_interpreter_is_counted_on(rows, capsys):
    others = interpreters.others()
    if not others:
        pytest.skip("no other interpreter at hand")
    asked = rows(GOOD)
    assert verbs.main(["--python", others[0]]) == 0
    assert asked == [others[0]]
    assert interpreters.about(others[0]).name in capsys.readouterr().out


def test_progress_is_for_terminals(rows, capsys, monkeypatch):
    rows(GOOD, GOOD)
    verbs.main([])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    verbs.main([])
    said = capsys.readouterr().err.split("\r\033[K")
    assert said == ["", "run ...", "", "run ...", ""]


def test_line_on_a_terminal_is_taken_away(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    show.progress("busy with a long line of text")
    show.progress("")
    assert capsys.readouterr().err == "\r\033[Kbusy with a long li\r\033[K"


def test_rows_come_from_the_verbs_and_speed_comes_alone(monkeypatch):
    running = []

    @contextlib.contextmanager
    def begun(python):
        running.append(python)
        yield iter([])
        running.remove(python)

    monkeypatch.setattr(suite, "begun", begun)
    with_tests = {verb: bool(running) for verb, _ in board.counting("/some/python")}
    assert set(with_tests) <= set(verbs.VERBS)
    assert [verb for verb, at_once in with_tests.items() if at_once] == [
        "api",
        "run",
        "suite",
    ]
    assert list(with_tests)[-1] == "bench"


def test_tests_that_were_begun_are_ended_with_the_board(monkeypatch):
    running = []

    @contextlib.contextmanager
    def begun(python):
        running.append(python)
        try:
            yield iter([])
        finally:
            running.remove(python)

    def interrupted(python):
        assert running == [python]
        raise KeyboardInterrupt

    monkeypatch.setattr(suite, "begun", begun)
    monkeypatch.setattr(board, "names", interrupted)
    with pytest.raises(KeyboardInterrupt) as stopped:
        verbs.main([])
    assert not running
    del stopped  # it kept the frames until here, and what they have


# --- the rows ----------------------------------------------------------------


def test_names_are_those_of_api(monkeypatch):
    row = board.names(sys.executable)
    same, every = api.score(api.table())
    assert row.good
    assert row.text.startswith(f"{same} of the {every} public names")
    assert row.figures == {"same": same, "all": every, "unexplained": []}
    rows = [api.Row("heap.Heap", "left out", "class", "", "")]
    monkeypatch.setattr(api, "table", lambda python: rows)
    row = board.names(sys.executable)
    assert not row.good
    assert row.text.endswith("Not so: heap.Heap.")


def test_programs_are_compared(monkeypatch):
    monkeypatch.setattr(probe, "names", lambda: ["forced_lost_update"])
    row = board.programs(sys.executable)
    assert (row.good, row.verb) == (True, "run")
    text = "1 of 1 example programs print the same with CPython and with minimp."
    assert row.text == text
    assert row.figures == {"same": 1, "all": 1, "not": []}


def test_program_that_differs_is_named(monkeypatch):
    monkeypatch.setattr(probe, "names", lambda: ["one", "two"])

    def run(name, impl, method, python):
        text = f"{impl}\n" if name == "two" else "x\n"
        return probe.Transcript(name, impl, method, text, "", 0, 0.1)

    monkeypatch.setattr(probe, "run", run)
    row = board.programs(sys.executable)
    assert not row.good
    assert row.text.startswith("1 of 2 example programs")
    assert row.text.endswith(" Not so: two.")
    assert row.figures["not"] == ["two"]


WORDS = {
    "passed": "3 of CPython's own tests pass on minimp",
    "failed": ", 3 fail;",
    "untouched": "3 passed without it",
    "left out": "1 are left out",
    "not run": "3 slow ones were not run",
}


@pytest.mark.parametrize("verdict", suite.VERDICTS)
def test_tests_are_counted(verdict):
    told = [
        ["result", "connections", method, "_TestIt", method, "test_it", verdict]
        for method in "abc"
    ]
    lines = map(json.dumps, [["expected", 3, ["_TestOther"]], *told])
    row = board.tests(sys.executable, lines)
    assert WORDS[verdict] in row.text
    number = 1 if verdict == "left out" else 3
    expected = dict.fromkeys(suite.VERDICTS, 0) | {verdict: number}
    assert row.figures == expected | {"unbound": ["_TestOther"]}
    assert row.good == (verdict not in ("failed", "untouched"))


def test_tests_that_cannot_run_are_no_failure(monkeypatch):
    monkeypatch.setattr(suite.importlib.util, "find_spec", lambda name: None)
    with contextlib.ExitStack() as stack:
        row = board.begin_tests(sys.executable, stack)()
    assert row.good
    assert row.text == "Not run: pytest is missing in this interpreter."

    def told():
        raise LookupError("no package `test`")
        yield

    row = board.tests(sys.executable, told())
    assert row.good
    assert row.text == "Not run: no package `test`."


def test_bugs_are_counted(monkeypatch):
    here = {"one": "still there", "two": "mended", "three": "still there"}

    class Shown(NamedTuple):
        name: str

        def verdict(self, impl):
            if self.name == "three":
                return ours if impl == "minimp" else "unclear"
            return here[self.name] if impl == "cpython" else "mended"

    shown = list(map(Shown, here))
    monkeypatch.setattr(museum, "names", lambda: list(here))
    monkeypatch.setattr(museum, "visit", lambda python: shown[:count])
    count, ours = 2, ""
    row = board.bugs(sys.executable)
    assert row.good
    assert row.text == "Of 3 bugs found in CPython, this one has 1, minimp 0."
    count, ours = 3, "mended"
    assert not board.bugs(sys.executable).good
    ours = "still there"
    row = board.bugs(sys.executable)
    assert not row.good
    assert row.text.endswith("has 1, minimp 1. Unclear: three.")
    assert row.figures == {
        "all": 3,
        "unclear": ["three"],
        "cpython": ["one"],
        "minimp": ["three"],
    }


def test_errors_are_those_of_the_index():
    row = board.errors(sys.executable)
    assert row.figures["errors"] == len(tracebacks.load())
    assert row.text.startswith(f"{len(tracebacks.load())} errors explained")


def test_speed_is_that_of_bench(monkeypatch):
    asked = []

    def measure(operation, place, rounds, python):
        asked.append((operation.name, place, rounds, python))
        return bench.Figures(operation, {"cpython": [3.0], "minimp": [2.0]})

    monkeypatch.setattr(bench, "measure", measure)
    row = board.speed(sys.executable)
    assert asked == [
        (name, "free", board.ROUNDS, sys.executable) for name in board.TIMED
    ]
    assert row.figures == dict.fromkeys(board.TIMED, 1.5)
    assert "reading and writing a Value 1.5, adding 1 under its lock 1.5" in row.text


@pytest.mark.parametrize("python", interpreters.at_hand().values())
def test_lines_are_those_of_size(python):
    *_, total = size.table(interpreters.about(python).library)
    row = board.lines(python)
    assert row.figures == {"minimp": total.minimp.code, "cpython": total.cpython.code}
    assert f"{total.cpython.code:,} in the same files: {total.ratio:.0%}." in row.text


def test_changes_are_those_of_versions():
    row = board.moved(sys.executable)
    found = versions.releases()
    assert row.figures["versions"] == [release.name for release in found]
    assert row.figures["changes"] == len(versions.changes(found))


# --- the README's board ------------------------------------------------------


def readme():
    """Return the README's board: CPython's version, and {verb: text}."""
    head, _, *lines = board.shown().splitlines()[2:-3]
    rows, last = {}, ""
    for line in lines:
        verb, text = line[: board.MARGIN].rstrip(), line[board.MARGIN :]
        last = verb or last
        rows[last] = f"{rows[last]} {text}" if last in rows else text
    return head.rpartition(" ")[2], rows


def test_board_fits_on_a_screen():
    _, *lines, _ = board.shown().splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80


def test_readme_has_each_row(monkeypatch):
    monkeypatch.setattr(suite, "begun", lambda python: contextlib.nullcontext([]))
    assert list(readme()[1]) == [verb for verb, _ in board.counting(sys.executable)]


@pytest.mark.parametrize("count", [board.names, board.errors, board.lines, board.moved])
def test_readme_says_what_is_counted(count):
    """If not: run `python -m compare`, and put what it prints into the README."""
    version, rows = readme()
    row = count(sys.executable)
    if count is not board.errors and version != platform.python_version():
        pytest.skip(f"the README's are the figures of CPython {version}")
    said = rows[row.verb]
    if count is board.moved and "from" in said:
        first, last = re.search(r"from CPython (\S+) to (\S+),", said).groups()
        found = [release.name for release in versions.releases()]
        if (found[0], found[-1]) != (first, last):
            pytest.skip(f"the README's are the changes from {first} to {last}")
    assert said == row.text


def test_readme_says_what_the_records_say():
    """What takes long to count is told from the number of programs, and the record."""
    version, rows = readme()
    programs, exhibits = len(probe.names()), len(museum.names())
    assert rows["run"].startswith(f"{programs} of {programs} example programs")
    assert re.fullmatch(
        rf"Of {exhibits} bugs found in CPython, this one has \d+, minimp 0\.",
        rows["museum"],
    )
    [score] = [one for one in suite.recorded()[1] if one.python == version]
    numbers = list(map(int, re.findall(r"\d+", rows["suite"])))
    passed, failed, left_out, not_run = numbers
    assert passed + not_run == score.total("passed", method="fork")
    assert (failed, left_out) == (0, score.total("left out"))


def test_readme_says_what_is_timed():
    _, rows = readme()
    times = ", ".join(rf"{what} [\d.]+" for what in board.TIMED.values())
    head = f"How many times as fast minimp is, by {board.ROUNDS} quick rounds: "
    assert re.fullmatch(rf"{head}{times}\.", rows["bench"])
