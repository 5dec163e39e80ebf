"""The bench measures what it says, on both sides alike, and leaves nothing behind.

No figure is asserted that a loaded machine could change.
"""

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import time
import timeit
from collections import Counter
from pathlib import Path

import pytest
import support

from compare import __main__ as verbs
from compare import bench, probe, source
from compare.bench import growth, measuring, operations, table

ALONE = measuring.Interpreter("3.11.7", {})


@pytest.fixture
def figures():
    seconds = {
        "cpython": [3e-6, 2e-6, 4e-6, 3e-6, 3e-6],
        "minimp": [2e-6, 2e-6, 2e-6, 2e-6, 1e-6],
        "limit": [5e-8] * 5,
    }
    return bench.Figures(bench.named("value"), seconds)


def test_names_are_unique():
    names = [one.name for one in [*bench.OPERATIONS, *growth.CURVES]]
    assert len(set(names)) == len(names) > 15


@pytest.mark.parametrize("one", bench.OPERATIONS, ids=lambda one: one.name)
def test_name_and_titles_fit_into_their_columns(one):
    assert len(one.name) <= 8
    assert len(one.work.title) <= 32
    assert one.limit is None or len(f"- {one.limit.title}") <= 32


def test_ratio_is_that_of_the_medians(figures):
    assert figures.ratio == pytest.approx(1.5)


def test_quartiles_are_those_of_the_rounds(figures):
    # The ratios: 1, 1.5, 1.5, 2, 3
    assert figures.quartiles == pytest.approx((1.5, 2.0))


def test_one_round_has_no_spread(figures):
    one = {side: seconds[:1] for side, seconds in figures.seconds.items()}
    assert figures._replace(seconds=one).quartiles == pytest.approx((1.5, 1.5))


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "0.00 ns"),
        (4.28e-8, "42.8 ns"),
        (9.999e-7, "1,000 ns"),
        (1e-6, "1.00 µs"),
        (0.0234, "23.4 ms"),
        (0.123456, "123 ms"),
        (2.5, "2.50 s"),
        (75.25, "75.2 s"),
    ],
)
def test_duration(seconds, text):
    assert table.duration(seconds) == text


def test_rows_of_a_table(figures):
    assert table.rows([figures]) == [
        ["value", "Value: get and set", "3.00 µs", "2.00 µs", "", "1.50", "1.50-2.00"],
        ["", "- bare ctypes object", "", "", "50.0 ns", "", ""],
    ]


def test_columns_for_a_terminal(figures):
    head, *rows, end = table.plain({"free": [figures]}, ALONE).split("\n")[:4]
    assert rows == [
        "value    Value: get and set                3.00 µs  2.00 µs            1.50"
        "  1.50-2.00",
        "         - bare ctypes object                                50.0 ns",
    ]
    assert end == ""
    for title, figure in zip(
        ["CPython", "ratio", "quartiles"], ["3.00 µs", "1.50", "1.50-2.00"], strict=True
    ):
        assert head.index(title) + len(title) == rows[0].index(figure) + len(figure)
    assert all(len(line) <= 90 for line in [head, *rows])


def test_markdown_is_one_table_for_each_place(figures):
    text = table.markdown({"pinned": [figures], "free": [figures]}, ALONE)
    pinned, free, notes = text.split("\n\n")
    for place, shown in [("pinned", pinned), ("free", free)]:
        lines = shown.split("\n")
        assert {line.count("|") for line in lines} == {8}
        assert lines[0].startswith(f"| name | {place}: ")
        assert len(lines) == 4
    assert "Times: medians of 5 rounds" in notes


# What a statement leaves behind, where it can be seen: the name, and its text.
LEAVES = {
    "lock": ("v", "<Synchronized wrapper for c_int(1)>"),
    "data": ("shared", f"Value('O', {b'x' * 10_000_000})"),
    "proxy": ("numbers", "[1, 2, 3]"),
}


@pytest.mark.parametrize("one", bench.OPERATIONS, ids=lambda one: one.name)
def test_both_sides_do_the_same(one):
    sides = one.sides()
    assert sides["cpython"][0] is sides["minimp"][0] is one.work
    left = [run_once(*sides[side]) for side in probe.MODULES]
    assert left[0] == left[1]
    if one.name in LEAVES:
        name, text = LEAVES[one.name]
        assert left[0][name] == text


@pytest.mark.parametrize("impl", probe.MODULES)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("simple", 7),
        ("queue", 7),
        ("stream", "end"),
        ("megabyte", bytes(1_000_000)),
        ("apply", 1),
        ("tasks", [*range(200)]),
        ("map", [*range(10_000)]),
        ("imap", [*range(200)]),
        ("result", bytes(20_000_000)),
    ],
)
def test_what_comes_back(name, expected, impl):
    work, module = bench.named(name).sides()[impl]
    before, _, last = work.statement.rpartition("; ")
    with work.using(importlib.import_module(module)) as names:
        exec(before, names)
        assert eval(last, names) == expected


@pytest.mark.parametrize("impl", probe.MODULES)
@pytest.mark.parametrize(
    ("name", "method"),
    [("fork", "fork"), ("spawn", "spawn"), ("server", "forkserver")],
)
def test_process_is_started_by_its_method(name, method, impl):
    work, module = bench.named(name).sides()[impl]
    mp = importlib.import_module(module)
    before = mp.get_start_method()
    with work.using(mp) as names:
        exec(work.statement, names)
    assert (names["p"]._popen.method, names["p"].exitcode) == (method, 0)
    assert mp.get_start_method() == before


# In a process of its own, as it is measured: what a peer keeps open is its affair.
RUN = """
import importlib, sys, timeit
from compare.bench import operations
peer = sys.argv[1]
for one in operations.OPERATIONS:
    if peer not in one.peers:
        assert peer not in one.sides(operations.PEERS)
        continue
    work, module = one.sides([peer])[peer]
    assert work is one.work
    with work.using(importlib.import_module(module)) as names:
        timeit.timeit(work.statement, work.setup, number=2, globals=names)
        if "shared" in names:
            data = names["shared"].value
            assert data == (names["data"] if one.name == "data" else None)
            assert [names["numbers"][n] for n in range(3)] == [1, 2, 3]
        if one.name == "lock":
            assert names["v"].value == 2
    print(one.name)
"""


@pytest.mark.parametrize("peer", operations.PEERS)
def test_peer_does_the_same(peer):
    if peer not in measuring.interpreter().peers:
        pytest.skip(f"{peer} is not installed (extra `bench`)")
    ran = subprocess.run(
        [sys.executable, "-P", "-c", RUN, peer],
        env=os.environ | {"PYTHONPATH": str(source.ROOT)},
        capture_output=True,
        text=True,
        timeout=support.TIMEOUT,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    able = [one.name for one in bench.OPERATIONS if peer in one.peers]
    assert ran.stdout.split() == able


def run_once(work, module):
    """Run a statement once; return {name: what it then stands for}."""
    mp = importlib.import_module(module)
    with work.using(mp) as names:
        timeit.timeit(work.statement, work.setup, number=1, globals=names)
        return {
            name: probe.normalised(str(obj))
            for name, obj in names.items()
            if not name.startswith("__") and not callable(obj)
        }


def test_measured_are_all_sides_in_each_round(monkeypatch):
    turns = []
    turn = measuring.Side.turn

    def counted(self):
        turns.append(self.arguments[1])
        return turn(self)

    monkeypatch.setattr(measuring.Side, "turn", counted)
    figures = bench.measure(bench.named("value"), "free", 3)
    rounds = [turns[at : at + 3] for at in range(0, len(turns), 3)]
    assert len(rounds) == 4  # the first for nothing
    assert all(set(each) == {"cpython", "minimp", "limit"} for each in rounds)
    assert set(figures.seconds) == {"cpython", "minimp", "limit"}
    for seconds in figures.seconds.values():
        assert len(seconds) == 3
        assert all(0 < each < 1 for each in seconds)


def test_no_side_has_a_place_of_its_own():
    sides = ["cpython", "minimp", "limit"]
    rounds = [measuring.shuffled(sides, number) for number in range(measuring.ROUNDS)]
    assert rounds == [
        measuring.shuffled(sides, number) for number in range(measuring.ROUNDS)
    ]
    for place in range(3):
        often = Counter(order[place] for order in rounds)
        assert set(often) == set(sides) and min(often.values()) >= 5


@pytest.mark.parametrize("place", bench.PLACES)
def test_processes_are_where_they_are_said_to_be(place, monkeypatch):
    seen = []
    turn = measuring.Side.turn

    def looking(self):
        seconds = turn(self)
        seen.extend(os.sched_getaffinity(pid) for pid in group(self.process.pid))
        return seconds

    monkeypatch.setattr(measuring.Side, "turn", looking)
    bench.measure(bench.named("call"), place, 1)
    all_cores = os.sched_getaffinity(0)
    expected = {measuring.core()} if place == "pinned" else all_cores
    assert len(seen) >= 8  # there is a second process on each side
    assert all(cores == expected for cores in seen)


def test_modules_are_compiled_once(monkeypatch):
    """Else spawned children compile minimp each time, and no standard library."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    found = []
    turn = measuring.Side.turn

    def looking(self):
        seconds = turn(self)
        environment = Path(f"/proc/{self.process.pid}/environ").read_bytes()
        found.append(b"\0PYTHONDONTWRITEBYTECODE=\0" in b"\0" + environment + b"\0")
        return seconds

    monkeypatch.setattr(measuring.Side, "turn", looking)
    bench.measure(bench.named("value"), "free", 1)
    assert found and all(found)


def group(leader):
    """Return the ids of the processes of a group that have not ended."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            stat = Path(f"/proc/{pid}/stat").read_text()
            state, _, pgrp = stat.rpartition(")")[2].split()[:3]
            if int(pgrp) == leader and state not in "ZX":
                found.append(int(pid))
    return found


@pytest.fixture
def leaders(monkeypatch):
    """The processes of the sides, each the leader of a group."""
    found = []
    enter = measuring.Side.__enter__

    def entered(self):
        found.append(enter(self))
        return self

    monkeypatch.setattr(measuring.Side, "__enter__", entered)
    return found


def assert_nothing_is_left(leaders):
    deadline = time.monotonic() + support.TIMEOUT
    while any(group(side.process.pid) for side in leaders):
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.01)
    assert not any(Path(side.folder.name).exists() for side in leaders)


def test_nothing_is_left(leaders):
    bench.measure(bench.named("call"), "free", 1)
    assert len(leaders) == 3
    assert_nothing_is_left(leaders)


def test_operation_that_takes_too_long(leaders, monkeypatch):
    monkeypatch.setattr(measuring, "TIMEOUT", 1.0)
    monkeypatch.setattr(measuring, "ROUNDS", 10**6)
    with pytest.raises(RuntimeError, match=r"^call, \w+, free: it took too long$"):
        bench.measure(bench.named("call"), "free", 10**6)
    assert_nothing_is_left(leaders)


def test_interrupted(leaders, monkeypatch):
    turn = measuring.Side.turn

    def interrupted(self):
        turn(self)
        if len(leaders) == 2:
            os.kill(self.process.pid, signal.SIGSTOP)  # it will not end by itself
            raise KeyboardInterrupt

    monkeypatch.setattr(measuring.Side, "turn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.measure(bench.named("call"), "free", 1)
    assert_nothing_is_left(leaders)


def test_process_that_fails(leaders):
    unknown = bench.named("value")._replace(name="nothing")
    with pytest.raises(RuntimeError, match="(?s)^nothing, cpython, free: .*no operat"):
        bench.measure(unknown, "free", 1)
    assert_nothing_is_left(leaders)


def test_verb_prints_what_was_named(capsys):
    argv = ["bench", "clients", "value", "--rounds", "1", "--free"]
    assert verbs.main(argv) == 0
    out, err = capsys.readouterr()
    assert not err
    head, *rows = out.partition("\n\n")[0].split("\n")
    assert head.split()[:3] == ["free:", str(len(os.sched_getaffinity(0))), "cores"]
    assert [row.split()[0] for row in rows] == ["clients", "value", "-"]


def test_verb_measures_in_both_places(capsys):
    assert verbs.main(["bench", "new", "--rounds", "1", "--markdown"]) == 0
    titles = re.findall(r"(?m)^\| name \| (\w+):", capsys.readouterr().out)
    assert titles == ["pinned", "free"]


def test_unknown_name(capsys):
    assert verbs.main(["bench", "value", "vlaue"]) == 2
    out, err = capsys.readouterr()
    known = ", ".join(one.name for one in [*bench.OPERATIONS, *growth.CURVES])
    assert not out
    assert err == f"python -m compare bench: no operation 'vlaue'; known: {known}\n"


def test_nothing_to_measure(capsys):
    assert verbs.main(["bench", "clients", "--pinned"]) == 2
    assert "only measured free" in capsys.readouterr().err


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_rounds_that_are_no_number(rounds, capsys):
    with pytest.raises(SystemExit) as ended:
        verbs.main(["bench", "--rounds", rounds])
    assert ended.value.code == 2
    assert f"{rounds!r} is no number above 0" in capsys.readouterr().err


def test_given_interpreter_is_measured(tmp_path):
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {log}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    operation = bench.named("value")
    bench.measure(operation, "free", 1, python)
    assert len(log.read_text()) == len(operation.sides())


def test_failure_is_told(capsys, monkeypatch):
    def measure(*args):
        raise RuntimeError("value, minimp, free: broken")

    monkeypatch.setattr(measuring, "measure", measure)
    assert verbs.main(["bench", "value"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "python -m compare bench: value, minimp, free: broken\n")


def test_progress_is_for_terminals(capsys, monkeypatch, figures):
    monkeypatch.setattr(measuring, "measure", lambda *args: figures)
    verbs.main(["bench", "value", "--free"])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    verbs.main(["bench", "value", "--free"])
    lines = capsys.readouterr().err.split("\r\033[K")
    assert lines == ["", "1/1 free: Value: get and set", ""]


@pytest.mark.slow
def test_all_operations(capsys):
    assert verbs.main(["bench", "--rounds", "1"]) == 0
    out, err = capsys.readouterr()
    assert not err
    for one in bench.OPERATIONS:
        row = f"{one.name:8} {one.work.title} "  # the plot has the names too
        assert len(re.findall(f"(?m)^{re.escape(row)}", out)) == len(one.places)
