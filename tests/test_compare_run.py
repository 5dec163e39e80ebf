"""Each program prints the same under both; what differs, fails or hangs is told."""

import ast
import functools
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from compare import __main__ as verbs
from compare import interpreters, probe, source

METHODS = ("fork", "spawn", "forkserver")


@functools.cache
def check_same(name, method, python=sys.executable):
    with ThreadPoolExecutor() as pool:
        runs = list(
            pool.map(lambda impl: probe.run(name, impl, method, python), probe.MODULES)
        )
    for run in runs:
        assert (run.failure, run.stderr) == ("", ""), run
        assert (run.program, run.method) == (name, method)
    assert runs[0].lines == runs[1].lines != []
    return runs


# --- the programs ------------------------------------------------------------


@pytest.mark.parametrize("name", probe.names())
def test_program_is_the_same_under_both(name):
    check_same(name, "fork")


# By fork, they run on another version with all other tests there; and the fork
# server is asked where there is another version, or else here.
@pytest.mark.slow
@pytest.mark.parametrize(
    "python, method",
    [(sys.executable, "spawn")]
    + [(python, "forkserver") for python in interpreters.others() or [sys.executable]],
)
def test_programs_under_other_start_methods(python, method):
    for name in probe.names():
        check_same(name, method, python)


@pytest.mark.parametrize("name", probe.names())
def test_program_gets_all_from_mp(name):
    tree = ast.parse((probe.PROGRAMS / f"{name}.py").read_text("utf-8"))
    assert len(ast.get_docstring(tree).split("\n\n")) >= 2  # what it is, what to see
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module]
        else:
            continue
        assert not {"multiprocessing", "minimp"} & {n.split(".")[0] for n in imported}
    main = [node for node in tree.body if getattr(node, "name", "") == "main"]
    assert [arg.arg for arg in main[0].args.args] == ["mp"]


def test_names_are_the_files():
    assert len(probe.names()) >= 12
    assert "__init__" not in probe.names()
    assert all((probe.PROGRAMS / f"{name}.py").is_file() for name in probe.names())


def test_free_running_update_loses_some_or_none():
    for run in check_same("lost_update", "fork"):
        counted = int(re.search(r"counted: (\d+) \(varies\)", run.stdout)[1])
        assert 2 <= counted <= 5000
        assert "counted: ... (varies)" in run.lines


def test_forced_schedule_loses_one():
    for run in check_same("forced_lost_update", "fork"):
        assert run.lines == [
            "slow reads   0",
            "quick leaves 1",
            "slow writes  1",
            "2 updates, counted: 1",
        ]


def test_guarded_updates_lose_none():
    for name, expected in (("fixed_acquire", 5000), ("fixed_with", 4000)):
        for run in check_same(name, "fork"):
            assert f"counted: {expected}" in run.lines


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("process_copy_or_fresh", ["the child finds:    changed by the parent"]),
        ("process_endings", ["Process raises:", "ValueError: why", "raises: 1"]),
        ("process_output", ["in the child, not flushed"] + ["before a bare fork"] * 2),
        ("queue_close", ["received: 1000000", "exit code: 0", "exit code: 0"]),
        ("queue_join_before_get", ["after join, it is alive: True"]),
        ("queue_simple", ["the child has put: False", "received: 1000000"]),
        ("pool_order", ["imap, first: TimeoutError", "then: ['slow', 'quick']"]),
        ("pool_refuses_queue", ["nothing was printed; successful: False"]),
        ("pool_remote_traceback", ["its text names: ['outer', 'inner']"]),
        ("pool_talk", ["Ann gets: try 2: Not tonight."]),
        ("pool_worker_killed", ["another worker: True"]),
    ],
)
def test_program_shows_what_it_says(name, shown):
    for run in check_same(name, "fork"):
        at = run.lines.index(shown[0])
        assert run.lines[at : at + len(shown)] == shown


@pytest.mark.parametrize("method", METHODS[1:])
def test_fresh_start_has_nothing_of_the_parent(method):
    for run in check_same("process_copy_or_fresh", method):
        assert run.lines[0] == "the child finds:    as imported"
    for run in check_same("process_main_guard", method):
        without, _, guarded = run.stdout.partition("-- with it\n")
        assert "exit code: 1\nRuntimeError" in without
        assert guarded == "the child says hello\nexit code: 0\n"


# --- one run -----------------------------------------------------------------


def test_ctrl_c_reaches_a_program_of_a_background_job(program):
    """A shell has what it runs in the background ignore SIGINT."""
    path = program(
        """
        import signal

        def main(mp):
            signal.raise_signal(signal.SIGINT)
        """
    )
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = probe.run(path, "minimp", "fork")
    finally:
        signal.signal(signal.SIGINT, handler)
    assert run.stderr.endswith("KeyboardInterrupt\n")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("impl", ["cpython", "minimp"])
def test_run_has_its_implementation_and_start_method(program, impl, method):
    path = program(
        """
        def main(mp):
            value = mp.Value("i", 5)
            child = mp.Process(target=work, args=(value,))
            child.start()
            child.join()
            print(mp.__name__, mp.get_start_method(), child.exitcode)

        def work(value):
            print(type(value).__module__, value.value, flush=True)
        """
    )
    run = probe.run(path, impl, method)
    name = {"cpython": "multiprocessing", "minimp": "minimp"}[impl]
    assert run.stdout == f"{name}.sharedctypes 5\n{name} {method} 0\n"
    assert (run.stderr, run.status, run.failure) == ("", 0, "")
    assert run.lines == ["mp.sharedctypes 5", f"mp {method} 0"]
    assert (run.program, run.impl, run.method) == ("program", impl, method)
    assert 0 < run.seconds < probe.TIMEOUT


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<class 'multiprocessing.heap.Heap'>", "<class 'mp.heap.Heap'>"),
        ("<class 'minimp.heap.Heap'>", "<class 'mp.heap.Heap'>"),
        ("<x at 0x7f1c9f00>", "<x at 0x...>"),
        (
            "<Process name='A' pid=12 parent=3 started>",
            "<Process name='A' pid=... parent=... started>",
        ),
        ("counted: 2153 (varies)", "counted: ... (varies)"),
        ("minimped 0x 0xyz pid 3 (2153)", "minimped 0x 0xyz pid 3 (2153)"),
    ],
)
def test_what_must_differ_is_replaced(line, expected):
    run = probe.Transcript("a", "minimp", "fork", f"{line}\n", "", 0, 0.1)
    assert run.lines == [expected]


def test_unknown_program_is_named(capsys):
    with pytest.raises(LookupError, match="no program 'nothing'\n"):
        probe.run("nothing", "cpython", "fork")
    assert verbs.main(["run", "nothing"]) == 2
    err = capsys.readouterr().err
    assert "no program 'nothing'\n`python -m compare run --help` lists all." in err
    assert verbs.main(["run", "string_aray"]) == 2
    assert "no program 'string_aray'; near: string_array\n" in capsys.readouterr().err
    assert verbs.main(["run", "guarded"]) == 2
    assert "'guarded'; near: manager_guarded" in capsys.readouterr().err
    assert verbs.main(["run", "/nowhere/nothing.py"]) == 2
    assert "no program '/nowhere/nothing.py'" in capsys.readouterr().err


# --- what fails --------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "failure", "stderr"),
    [
        ("raise ValueError('why')", "exit status 1", "ValueError: why"),
        ("raise SystemExit(3)", "exit status 3", ""),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL", ""),
        ("import sys; print('oh', file=sys.stderr)", "wrote to standard error", "oh"),
    ],
)
def test_failure_is_told(program, body, failure, stderr):
    run = probe.run(
        program(f"def main(mp):\n    print(1)\n    {body}\n"), "minimp", "fork"
    )
    assert run.failure == failure
    assert stderr in run.stderr
    if "kill" not in body:
        assert run.lines == ["1"]


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


HANGS = """
import os, signal, time

def main(mp):
    child = mp.Process(target=work)
    child.start()
    print(os.getpid(), child.pid, flush=True)
    child.join()

def work():
    {}
    time.sleep(1000)
"""
IGNORE = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "first"),
    [
        ("fork", IGNORE),
        pytest.param("fork", "pass", marks=pytest.mark.slow),
        pytest.param("spawn", IGNORE, marks=pytest.mark.slow),
        pytest.param("forkserver", IGNORE, marks=pytest.mark.slow),
    ],
)
def test_hanging_program_is_ended_with_its_children(
    program, monkeypatch, method, first
):
    monkeypatch.setattr(probe, "GRACE", 0.3)
    run = probe.run(program(HANGS.format(first)), "minimp", method, timeout=1.5)
    assert run.status is None
    assert run.failure == f"did not end, was killed after {run.seconds:.1f} seconds"
    assert run.seconds < 10
    pids = [int(pid) for pid in run.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, pids))


@pytest.mark.slow
def test_process_that_left_the_group_keeps_nobody_waiting(
    program, monkeypatch, tmp_path
):
    monkeypatch.setattr(probe, "GRACE", 0.2)
    path = program(
        f"""
        import os, time

        def main(mp):
            if os.fork() == 0:
                os.setsid()
                with open({str(tmp_path / "pid")!r}, "w") as file:
                    file.write(str(os.getpid()))
                time.sleep(1000)
        """
    )
    run = probe.run(path, "minimp", "fork", timeout=1)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert run.status is None
    assert "left the group" in run.stderr


# --- the verb ----------------------------------------------------------------


def test_same_program_is_shown_and_counted(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert verbs.main(["run", "type_table", "two_processes"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "== type_table, fork: same"
    assert re.fullmatch(r"CPython [\d.]+\+? +minimp", out[1])
    assert "== two_processes, fork: same" in out
    assert out[-1] == "2 same, 0 different, 0 failed"
    assert not [line for line in out if re.search(r" [|<>] ", line)]


def test_different_program_is_told_and_fails(program, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    path = program(
        """
        def main(mp):
            print("here as there")
            print("letters:", len(mp.__name__))
        """
    )
    assert verbs.main(["run", "type_table", path, "--method", "spawn"]) == 1
    out = capsys.readouterr().out
    assert "== program, spawn: different" in out
    assert re.search(r"^letters: 15 +\| letters: 6$", out, re.MULTILINE)
    assert re.search(r"^here as there {20,}here as there$", out, re.MULTILINE)
    assert out.endswith("\n1 same, 1 different, 0 failed\n")


def test_failing_program_is_told_with_its_error(program, capsys):
    path = program("def main(mp):\n    raise ValueError(mp.__name__)\n")
    assert verbs.main(["run", path]) == 1
    out = capsys.readouterr().out
    assert "== program, fork: failed" in out
    assert "program, fork, multiprocessing: exit status 1\nTraceback" in out
    assert "ValueError: minimp" in out
    assert out.endswith("\n0 same, 0 different, 1 failed\n")


def test_hanging_program_is_told(program, capsys):
    path = program("import time\n\ndef main(mp):\n    time.sleep(1000)\n")
    assert verbs.main(["run", path, "--timeout", "0.6"]) == 1
    out = capsys.readouterr().out
    assert "program, fork, minimp: did not end, was killed after 0." in out
    assert out.endswith("0 same, 0 different, 1 failed\n")


def test_all_methods_are_run(capsys):
    assert verbs.main(["run", "string_array", "--method", "all"]) == 0
    out = capsys.readouterr().out
    heads = [line for line in out.splitlines() if line.startswith("==")]
    assert heads == [f"== string_array, {method}: same" for method in METHODS]


def test_only_one_side_prints_just_its_output(program, capsys):
    path = program("def main(mp):\n    print(mp.__name__)\n")
    for impl, name in (("cpython", "multiprocessing"), ("minimp", "minimp")):
        assert verbs.main(["run", path, "--only", impl]) == 0
        assert capsys.readouterr() == (f"{name}\n", "")


def test_no_name_means_all(monkeypatch, capsys):
    monkeypatch.setattr(probe, "names", lambda: ["string_array", "type_table"])
    assert verbs.main(["run"]) == 0
    assert "2 same, 0 different, 0 failed" in capsys.readouterr().out


def test_reader_may_stop_early():
    command = [sys.executable, "-m", "compare", "run", "type_table"]
    with subprocess.Popen(
        command, cwd=source.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
