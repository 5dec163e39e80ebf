"""The board counts what each verb counts, and says what is not as it should be."""

import json
import platform
import sys

import pytest

from compare import __main__ as verbs
from compare import bench, board, interpreters, probe, show, size, suite, versions

GOOD = board.Row("first", "run", "12 of 12", True, {"same": 12})
BAD = board.Row("second", "size", "too many", False, {"lines": 9})


@pytest.fixture
def rows(monkeypatch):
    """A board of two rows, the second of which is as the test wants it."""

    def use(second):
        asked = []
        functions = [
            lambda python, row=row: asked.append(python) or row
            for row in (GOOD, second)
        ]
        for function in functions:
            function.__name__ = "counting"
        monkeypatch.setattr(board, "ROWS", functions)
        return asked

    return use


def test_each_row_names_a_verb(rows, capsys):
    rows(GOOD)
    assert verbs.main([]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"minimp beside CPython {platform.python_version()}"
    assert [line.split(maxsplit=2) for line in out[3:5]] == [
        ["first", "run", "12 of 12"]
    ] * 2
    assert "--help" in out[-1]


def test_row_that_is_not_good_is_the_status(rows, capsys):
    rows(BAD)
    assert verbs.main([]) == 1
    assert "too many" in capsys.readouterr().out


def test_json_has_the_figures(rows, capsys):
    rows(BAD)
    assert verbs.main(["--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["cpython"] == platform.python_version()
    assert told["rows"] == [GOOD._asdict(), BAD._asdict()]


def test_row_that_fails_does_not_hide_the_others(rows, monkeypatch, capsys):
    def speed(python):
        raise RuntimeError("value, minimp, free: it took too long")

    rows(GOOD)
    monkeypatch.setattr(board, "ROWS", [speed, *board.ROWS])
    assert verbs.main([]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[3].split(maxsplit=1) == [
        "speed",
        "failed: value, minimp, free: it took too long",
    ]
    assert out[4].startswith("first")


def test_other_interpreter_is_counted_on(rows, capsys):
    others = interpreters.others()
    if not others:
        pytest.skip("no other interpreter at hand")
    asked = rows(GOOD)
    assert verbs.main(["--python", others[0]]) == 0
    assert asked == [others[0]] * 2
    assert versions.release(others[0]).name in capsys.readouterr().out


def test_progress_is_for_terminals(rows, capsys, monkeypatch):
    rows(GOOD)
    verbs.main([])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    verbs.main([])
    said = capsys.readouterr().err.split("\r\033[K")
    assert said == ["", "counting ...", "", "counting ...", ""]


# --- the rows ----------------------------------------------------------------


def test_every_verb_of_the_board_is_there():
    assert {"run", "suite", "bench", "size", "versions"} <= set(verbs.VERBS)


def test_programs_are_compared(monkeypatch):
    monkeypatch.setattr(probe, "names", lambda: ["forced_lost_update"])
    row = board.programs(sys.executable)
    assert (row.good, row.verb) == (True, "run")
    assert row.text == "1 of 1 print the same under both"
    assert row.figures == {"same": 1, "all": 1, "other": []}


def test_program_that_differs_is_named(monkeypatch):
    monkeypatch.setattr(probe, "names", lambda: ["one", "two"])

    def run(name, impl, method, python):
        text = f"{impl}\n" if name == "two" else "x\n"
        return probe.Transcript(name, impl, method, text, "", 0, 0.1)

    monkeypatch.setattr(probe, "run", run)
    row = board.programs(sys.executable)
    assert not row.good
    assert row.text == "1 of 2 print the same under both; not so: two"
    assert row.figures["other"] == ["two"]


@pytest.mark.parametrize("verdict", suite.VERDICTS)
def test_tests_are_counted(monkeypatch, verdict):
    ran = [suite.Result("area", "_TestIt", "ForkTestIt", "test_it", verdict)] * 3
    monkeypatch.setattr(suite, "run", lambda python, progress: (ran, ["_TestOther"]))
    row = board.tests(sys.executable)
    assert f" 3 {verdict}" in row.text
    assert row.figures == {verdict: 3, "unbound": ["_TestOther"]}
    assert row.good == (verdict not in ("failed", "untouched"))


def test_tests_that_cannot_run_are_no_failure(monkeypatch):
    monkeypatch.setattr(suite.importlib.util, "find_spec", lambda name: None)
    row = board.tests(sys.executable)
    assert row.good
    assert row.text == "not run: pytest is missing in this interpreter"


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
    assert "value 1.5, lock 1.5" in row.text


@pytest.mark.parametrize("python", interpreters.at_hand().values())
def test_lines_are_those_of_size(python):
    *_, total = size.table(versions.release(python).library)
    row = board.lines(python)
    assert row.figures == {"minimp": total.minimp.code, "cpython": total.cpython.code}
    assert f"{total.cpython.code:,}: {total.ratio:.0%}" in row.text


def test_changes_are_those_of_versions():
    row = board.moved(sys.executable)
    found = versions.releases()
    assert row.figures["versions"] == [release.name for release in found]
    assert row.figures["changes"] == len(versions.changes(found))


def test_line_on_a_terminal_is_taken_away(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    show.progress("busy")
    show.progress("")
    assert capsys.readouterr().err == "\r\033[Kbusy\r\033[K"
