"""The scoreboard of CPython's tests tells what passed from what proves nothing."""

import dataclasses
import datetime
import json
import os
import platform
import select
import shutil
import signal
import subprocess
import sys

import cpython_binding as binding
import pytest
import test_cpython_managers
import test_cpython_suite
import test_cpython_suite_connection
import test_cpython_suite_pool
import test_cpython_suite_process
import test_cpython_suite_queues
from support import START_METHODS, TIMEOUT

from compare import __main__ as verbs
from compare import interpreters, suite, suite_plugin

BOUND = (
    test_cpython_suite,
    test_cpython_suite_connection,
    test_cpython_managers,
    test_cpython_suite_process,
    test_cpython_suite_queues,
    test_cpython_suite_pool,
)
FAKE = """
import os
import signal
import unittest
import cpython_binding as binding

AREA = "connections"

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

    def test_signal(self):
        Ours()
        with self.assertRaises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

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
# A process of pytest's and its child, whose numbers it tells.
ENDLESS = """
        child = os.fork()
        if child:
            with open(os.environ["PIDS"], "w") as pids:
                print(os.getpid(), child, file=pids)
        signal.pause()
"""
# `python -m compare suite` with the tests of a folder
VERB = """
import pathlib, runpy, signal, sys
from compare import suite
signal.signal(signal.SIGINT, signal.default_int_handler)
suite.TESTS = pathlib.Path(sys.argv.pop())
sys.argv.append("suite")
runpy.run_module("compare", None, "__main__")
"""
FORKED = {
    "test_good": ("passed", ""),
    "test_bad": ("failed", "AssertionError: 1 != 2"),
    "test_aside": ("untouched", ""),
    "test_slow": ("not run", "slow"),
    "test_without": ("left out", "not ours"),
    "test_signal": ("passed", ""),
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


def result(verdict, case="_TestA", area="connections", test="test_it", reason=""):
    return suite.Result(area, "fork", case, f"Fork{case}", test, verdict, reason)


# --- a run -------------------------------------------------------------------


def test_each_verdict(fake):
    progress = []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background
    try:
        results, unbound = suite.run(progress=progress.append)
    finally:
        signal.signal(signal.SIGINT, before)
    assert {one.test: (one.verdict, one.reason) for one in results} == {
        name: (verdict, reason) for name, (verdict, reason) in FORKED.items()
    }
    assert {(one.area, one.method, one.case, one.bound) for one in results} == {
        ("connections", "fork", "_TestFake", "ForkTestFake")
    }
    assert "_TestSharedMemory" in unbound and "_TestFake" not in unbound
    assert progress[0] == "1/7 _TestFake.test_without"
    assert progress[-1].startswith("7/7 ")


def test_all_are_run_if_wanted(fake):
    other = fake.with_name("test_cpython_other.py")  # its classes have the same names
    other.write_text(FAKE.replace("connections", "managers and proxies"))
    results, _ = suite.run(whole=True)
    both = [[one for one in results if one.area == area] for area in suite.AREAS[1:3]]
    assert len(both[0]) == len(both[1]) == len(results) / 2
    results = both[0]
    expected = {name: verdict for name, (verdict, _) in FORKED.items()}
    expected["test_slow"] = "passed"
    assert verdicts(results, "ForkTestFake") == expected
    assert verdicts(results, "SpawnTestFake") == expected
    assert {one.bound: one.method for one in results} == {
        "ForkTestFake": "fork",
        "SpawnTestFake": "spawn",
    }


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
    ],
)
def test_nothing_is_left_after_a_signal(fake, number, status):
    fake.write_text(FAKE.replace("self.assertEqual(1, 2)", ENDLESS))
    pids = fake.with_name("pids")
    os.mkfifo(pids)
    with subprocess.Popen(
        [sys.executable, "-c", VERB, fake.parent],
        cwd=suite.source.ROOT,
        env=os.environ | {"PIDS": str(pids)},
        stderr=subprocess.DEVNULL,
    ) as verb:
        running = [os.pidfd_open(int(pid)) for pid in pids.read_text().split()]
        verb.send_signal(number)
        assert verb.wait(TIMEOUT) == status
    assert len(running) == 2
    for pidfd in running:
        assert select.select([pidfd], [], [], TIMEOUT)[0]
        os.close(pidfd)


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


def test_interpreter_without_cpythons_tests_is_told(fake, capsys):
    fake.write_text("import pytest; pytest.importorskip('nothing_of_this_name')")
    assert verbs.main(["suite"]) == 2
    assert f"no package `test` beside {sys.executable}" in capsys.readouterr().err


# --- what is bound -----------------------------------------------------------


def test_class_that_is_not_bound_has_a_reason():
    bound = {cls.upstream for module in BOUND for cls in module.CLASSES}
    known = set(suite.reasons())
    assert suite_plugin.cases() - bound <= known
    assert not known & bound


def test_every_bound_module_has_an_area():
    files = {path.stem for path in suite.TESTS.glob("test_cpython_*.py")}
    assert {module.__name__ for module in BOUND} == files
    assert [module.AREA for module in BOUND] == list(suite.AREAS)


# --- the scoreboard ----------------------------------------------------------

RAN = [
    result("passed", area="managers and proxies"),
    result("passed"),
    result("untouched", test="test_aside"),
    result("passed", test="test_more"),
    result("failed", "_TestB", reason="no luck"),
    result("left out", "_TestB", test="test_old", reason="not ours"),
    result("not run", "_TestB", test="test_slow", reason="slow"),
]
SPAWNED = [dataclasses.replace(one, method="spawn") for one in RAN]


def test_score_counts_by_area_and_method():
    one = suite.score("3.11.7", RAN + SPAWNED[1:], ["_TestSharedMemory"])
    assert one.methods == ["fork", "spawn"]
    assert suite.columns(one) == [
        *("fork", "spawn", "failed", "untouched", "left out", "not run")
    ]
    assert suite.table(one) == [
        ("connections", [2, 2, 2, 2, 1, 2]),
        ("managers and proxies", [1, 0, 0, 0, 0, 0]),
        ("together", [3, 2, 2, 2, 1, 2]),
    ]
    assert one.cases["connections"] == ["_TestA", "_TestB"]
    assert one.wrong[:2] == [
        "untouched: connections, Fork_TestA.test_aside",
        "failed: connections, Fork_TestB.test_it no luck",
    ]
    assert not one.is_good


def test_reason_is_told_once_for_all_versions():
    scores = [
        suite.score("3.11.7", RAN, ["_TestSharedMemory", "_TestNew"]),
        suite.score("3.13.0", RAN, ["_TestSharedMemory"]),
        suite.score("3.14.0", RAN[:-2], ["_TestSharedMemory"]),
    ]
    assert list(suite.notes(scores)) == [
        (
            "connections",
            {"not ours": ["_TestB.test_old (3.11.7, 3.13.0)"]},
        ),
        (
            "whole classes",
            {
                suite.reasons()["_TestSharedMemory"]: ["_TestSharedMemory"],
                "no reason": ["_TestNew (3.11.7)"],
            },
        ),
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
    monkeypatch.setattr(suite, "run", lambda *args: (RAN, ["_TestNew"]))
    verbs.main(["suite"])
    out = capsys.readouterr().out.splitlines()
    version = platform.python_version()
    assert out[0].split() == (
        f"CPython {version}, passed: fork failed untouched left out not run".split()
    )
    assert out[1].split() == ["connections", *"21111"]
    assert "failed: connections, Fork_TestB.test_it no luck" in out
    assert "  _TestB.test_old: not ours" in out
    assert "  _TestNew: no reason" in out
    verbs.main(["suite", "--markdown"])
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "|  | passed, fork | failed | untouched | left out | not run |"
    assert out[2:4] == [
        f"| **CPython {version}** |  |  |  |  |  |",
        "| connections | 2 | 1 | 1 | 1 | 1 |",
    ]
    assert f"- {version}, failed: connections, Fork_TestB.test_it no luck" in out
    assert "- `_TestB.test_old`: not ours" in out
    verbs.main(["suite", "--json"])
    [out] = json.loads(capsys.readouterr().out)
    assert out["counts"]["connections"]["fork"]["passed"] == 2
    assert out["results"][2]["verdict"] == "untouched"
    assert out["unbound"] == {"_TestNew": None}


def test_every_interpreter_is_asked(monkeypatch, capsys):
    def run(python, whole, progress):
        if python == "/without":
            raise LookupError("no package `test`")
        return (SPAWNED if whole else RAN)[:2], []

    names = {"/one": "3.11.7", "/without": "3.12.0", "/two": "3.13.0"}
    monkeypatch.setattr(suite, "run", run)
    monkeypatch.setattr(interpreters, "at_hand", lambda: dict(enumerate(names)))
    monkeypatch.setattr(
        interpreters,
        "about",
        lambda python: interpreters.About((9,), names.get(python, "9"), ""),
    )
    assert verbs.main(["suite", "--every", "--all"]) == 0
    out, err = capsys.readouterr()
    heads = [line.split() for line in out.splitlines() if "passed:" in line]
    assert [head[1:4] for head in heads] == [
        ["3.11.7,", "passed:", "spawn"],
        ["3.13.0,", "passed:", "spawn"],
    ]
    assert err == "CPython 3.12.0: not run: no package `test`\n"


def test_interpreters_of_which_none_has_tests(monkeypatch, capsys):
    def run(*_):
        raise LookupError("no package `test`")

    monkeypatch.setattr(suite, "run", run)
    hand = dict.fromkeys([(3, 11), (3, 12)], sys.executable)
    monkeypatch.setattr(interpreters, "at_hand", lambda: hand)
    assert verbs.main(["suite", "--every"]) == 2
    out, err = capsys.readouterr()
    told = f"CPython {platform.python_version()}: not run: no package `test`\n"
    assert (out, err) == ("", told * 2)


# --- the record --------------------------------------------------------------


def test_record_is_read_as_it_was_written(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(suite, "RECORD", tmp_path / "suite.json")
    ran = [one for one in SPAWNED if one.verdict == "passed"]
    monkeypatch.setattr(suite, "run", lambda python, whole, _: (ran, [str(whole)]))
    monkeypatch.setattr(interpreters, "at_hand", lambda: {0: sys.executable})
    assert verbs.main(["suite", "--record"]) == 0
    date, scores = suite.recorded()
    assert datetime.date.fromisoformat(date) <= datetime.date.today()
    assert scores == [suite.score(platform.python_version(), ran, ["True"])]


def test_record_is_of_all_start_methods_and_good():
    for one in suite.recorded()[1]:
        assert one.methods == list(START_METHODS)
        assert list(one.counts) == list(suite.AREAS)
        assert one.is_good
        assert not one.total("not run")


def recorded_for(version):
    for one in suite.recorded()[1]:
        if one.python == version:
            return one
    pytest.skip(f"nothing is recorded for CPython {version}")


@pytest.mark.parametrize("method", START_METHODS)
def test_record_has_each_bound_test(method):
    recorded = recorded_for(platform.python_version())
    for module in BOUND:
        bound = {cls for cls in vars(module).values() if hasattr(cls, "upstream")}
        classes = [cls for cls in bound if cls.method == method]
        tests = sum(len(binding.tests_of(cls)) for cls in classes)
        skipped = tests - recorded.total("passed", module.AREA, method)
        left_out = recorded.total("left out", module.AREA)
        # Also by a class under another method: some tests are of one only.
        assert skipped == left_out - len(
            {test for cls in bound for test in cls.left_out}
        )
