"""The scoreboard of CPython's tests tells what passed from what proves nothing."""

import json
import shutil

import cpython_binding as binding
import pytest
import test_cpython_managers
import test_cpython_suite
import test_cpython_suite_connection

from compare import __main__ as verbs
from compare import interpreters, suite, suite_plugin

BOUND = (test_cpython_suite, test_cpython_suite_connection, test_cpython_managers)
FAKE = """
import unittest
import cpython_binding as binding

AREA = "fakes"

class Ours:
    pass

class _TestFake:
    def test_good(self):
        Ours()

    def test_bad(self):
        Ours()
        self.assertEqual(1, 2)

    def test_aside(self):
        pass

    def test_slow(self):
        Ours()

    def test_without(self):
        Ours()

    @unittest.skip("needs a floppy disk")
    def test_skipped(self):
        Ours()

binding.suite._TestFake = _TestFake  # as if it were CPython's

class Kind(binding.Bound):
    ours = [(Ours,)]
    theirs = []
    redirect = staticmethod(list)

without = {"_TestFake.test_without": "not ours"}
ForkTestFake, SpawnTestFake = (
    binding.bind(
        _TestFake,
        (Kind,),
        method,
        slow=["test_slow"],
        without=without,
        __module__=__name__,
    )
    for method in ("fork", "spawn")
)

def test_of_the_project():
    assert False
"""
FORKED = {
    "test_good": ("passed", ""),
    "test_bad": ("failed", "AssertionError: 1 != 2"),
    "test_aside": ("untouched", ""),
    "test_slow": ("not run", "slow"),
    "test_without": ("left out", "not ours"),
    "test_skipped": ("left out", "needs a floppy disk"),
}


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A folder with one bound class under two start methods, as the tests to run."""
    shutil.copy(binding.__file__, tmp_path)
    (tmp_path / "test_cpython_fake.py").write_text(FAKE)
    monkeypatch.setattr(suite, "TESTS", tmp_path)
    return tmp_path / "test_cpython_fake.py"


def verdicts(results, bound):
    return {one.test: one.verdict for one in results if one.bound == bound}


def result(verdict, case="_TestFake", area="fakes", test="test_it", reason=""):
    return suite.Result(area, case, f"Fork{case}", test, verdict, reason)


# --- a run -------------------------------------------------------------------


def test_each_verdict(fake):
    progress = []
    results, unbound = suite.run(progress=progress.append)
    assert {one.test: (one.verdict, one.reason) for one in results} == {
        name: (verdict, reason) for name, (verdict, reason) in FORKED.items()
    }
    assert {(one.area, one.case, one.bound) for one in results} == {
        ("fakes", "_TestFake", "ForkTestFake")
    }
    assert "_TestProcess" in unbound and "_TestFake" not in unbound
    assert progress[0] == "1/6 _TestFake.test_without"
    assert progress[-1].startswith("6/6 ")


def test_all_are_run_if_wanted(fake):
    results, _ = suite.run(every=True)
    expected = {name: verdict for name, (verdict, _) in FORKED.items()}
    expected["test_slow"] = "passed"
    assert verdicts(results, "ForkTestFake") == expected
    assert verdicts(results, "SpawnTestFake") == expected


def test_end_of_a_class_that_fails_counts(fake):
    end = "@classmethod\ndef end(cls):\n    raise OSError('no end')\n"
    fake.write_text(f"{FAKE}\n{end}\nForkTestFake.tearDownClass = end\n")
    results, _ = suite.run()
    [last] = [one for one in results if one.reason == "OSError: no end"]
    assert (last.verdict, len(results)) == ("failed", len(FORKED))


def test_pytest_that_cannot_run_is_told(fake, capsys):
    fake.write_text("import nothing_of_this_name")
    assert verbs.main(["suite"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "python -m compare suite: pytest ended with 2:" in err
    assert "No module named 'nothing_of_this_name'" in err


def test_missing_pytest_is_told(monkeypatch, capsys):
    monkeypatch.setattr(suite.importlib.util, "find_spec", lambda name: None)
    assert verbs.main(["suite"]) == 2
    assert "pytest is missing in this interpreter" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("python", interpreters.at_hand().values())
def test_cpythons_tests_pass_on_every_interpreter(python):
    results, unbound = suite.run(python)
    counts = suite.totals(results)
    assert counts["failed"] == counts["untouched"] == 0
    assert counts["passed"] > 130
    assert set(unbound) <= set(suite.reasons())


# --- what is bound -----------------------------------------------------------


def test_class_that_is_not_bound_has_a_reason():
    bound = {cls.upstream for module in BOUND for cls in module.CLASSES}
    known = set(suite.reasons())
    assert suite_plugin.cases() - bound <= known
    assert not known & bound


def test_every_bound_module_has_an_area():
    files = {path.stem for path in suite.TESTS.glob("test_cpython_*.py")}
    assert {module.__name__ for module in BOUND} == files
    assert len({module.AREA for module in BOUND}) == len(BOUND)


# --- the scoreboard ----------------------------------------------------------


def test_table_sums_each_area():
    results = [
        result("passed", "_TestA", "one"),
        result("failed", "_TestA", "one"),
        result("passed", "_TestB", "one"),
        result("left out", "_TestC", "two"),
    ]
    rows = [
        (area, case, {k: v for k, v in counts.items() if v})
        for area, case, counts in suite.table(results)
    ]
    assert rows == [
        ("one", "_TestA", {"passed": 1, "failed": 1}),
        ("one", "_TestB", {"passed": 1}),
        ("one", "", {"passed": 2, "failed": 1}),
        ("two", "_TestC", {"left out": 1}),
        ("two", "", {"left out": 1}),
    ]


@pytest.mark.parametrize(
    ("verdict", "status"),
    [("passed", 0), ("left out", 0), ("not run", 0), ("failed", 1), ("untouched", 1)],
)
def test_status(monkeypatch, capsys, verdict, status):
    ran = [result("passed"), result(verdict, test="test_other", reason="why so")]
    monkeypatch.setattr(suite, "run", lambda *args: (ran, []))
    assert verbs.main(["suite"]) == status


def test_forms_tell_the_same(monkeypatch, capsys):
    ran = [
        result("passed"),
        result("untouched", test="test_aside"),
        result("left out", test="test_old", reason="not ours"),
    ]
    monkeypatch.setattr(suite, "run", lambda *args: (ran, ["_TestProcess", "_TestNew"]))
    told = [
        "untouched: Fork_TestFake.test_aside",
        "left out: _TestFake.test_old: not ours",
        f"not bound: _TestProcess: {suite.reasons()['_TestProcess']}",
        "not bound: _TestNew: no reason",
    ]
    verbs.main(["suite"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].split() == "fakes passed failed untouched left out not run".split()
    assert out[1].split() == ["_TestFake", "1", "1", "1"]
    assert out[-4:] == told
    verbs.main(["suite", "--markdown"])
    out = capsys.readouterr().out.splitlines()
    assert out[2:4] == [
        "| `_TestFake` | 1 |  | 1 | 1 |  |",
        "| **fakes** | 1 |  | 1 | 1 |  |",
    ]
    assert out[-4:] == [f"- {line}" for line in told]
    verbs.main(["suite", "--json"])
    out = json.loads(capsys.readouterr().out)
    assert out["totals"] == {"passed": 1, "untouched": 1, "left out": 1}
    assert out["results"][1]["verdict"] == "untouched"
    assert out["unbound"]["_TestNew"] is None
