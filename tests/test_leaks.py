"""The guards of conftest.py go red when a test leaks, and name the leak."""

import os
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

HERE = Path(__file__).parent

INNER = """
import multiprocessing
import multiprocessing.shared_memory
import os
import subprocess
import threading

import leaks

leaks.GRACE = 0.1
KEPT = []


def test_descriptor():
    KEPT.append(open("/dev/null"))


def test_descriptor_that_only_garbage_keeps():
    loop = [open("/dev/null")]
    loop.append(loop)


def test_thread():
    KEPT.append(threading.Event())
    threading.Thread(target=KEPT[-1].wait, daemon=True).start()


def test_process():
    ctx = multiprocessing.get_context("fork")
    KEPT.append(ctx.Event())
    ctx.Process(target=KEPT[-1].wait, daemon=True).start()


def test_command():
    KEPT.append(subprocess.Popen(["sleep", "100"]))


def test_leaked_children_were_ended():
    assert KEPT[-1].wait(60) == -9
    assert multiprocessing.active_children() == []


def test_name_in_dev_shm():
    with open(NAME, "w"):
        pass


def test_failing_is_not_accused():
    KEPT.append(open("/dev/null"))
    assert False


def test_services_and_arenas_are_kept():
    ctx = multiprocessing.get_context("forkserver")
    KEPT.append(ctx.RawValue("i", 0))
    process = ctx.Process(target=print)
    process.start()
    process.join()


def test_values_of_either_heap():
    from minimp.heap import BufferWrapper

    KEPT.append(BufferWrapper(10))
    KEPT.append(multiprocessing.RawValue("i"))
"""


@pytest.fixture(scope="module")
def inner(tmp_path_factory):
    """Run the leaking tests; return {name: what its teardown said}."""
    folder = tmp_path_factory.mktemp("inner")
    for name in ("conftest.py", "leaks.py", "support.py"):
        shutil.copy(HERE / name, folder)
    name = f"/dev/shm/minimp-leak-{os.getpid()}"
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_inner.py").write_text(INNER + f"NAME = {name!r}\n")
    path = [str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if os.path.exists(name):
        os.unlink(name)
    return run.stdout


def accusations(inner, test):
    """Return what the guard says that `test` left behind, line by line."""
    _, _, after = inner.partition(f" ERROR at teardown of {test} _")
    said = after.partition("left behind:\n")[2].splitlines()
    return [s.strip() for s in takewhile(lambda s: s.startswith("  "), said)]


@pytest.mark.parametrize(
    "test, leak",
    [
        ("test_descriptor", "descriptor"),
        ("test_thread", "thread <Thread("),
        ("test_process", "child"),
        ("test_command", "child"),
        ("test_name_in_dev_shm", "/dev/shm/minimp-leak-"),
    ],
)
def test_a_leaking_test_fails(inner, test, leak):
    lines = accusations(inner, test)
    assert any(line.startswith(leak) for line in lines), lines


@pytest.mark.parametrize(
    "test",
    [
        "test_descriptor_that_only_garbage_keeps",
        "test_leaked_children_were_ended",
        "test_failing_is_not_accused",
        "test_services_and_arenas_are_kept",
        "test_values_of_either_heap",
    ],
)
def test_no_other_test_is_accused(inner, test):
    assert accusations(inner, test) == []


def test_every_inner_test_ran(inner):
    counts = inner.splitlines()[-1].split(", ")
    assert {"1 failed", "9 passed"} < set(counts)
    assert counts[-1].startswith("5 errors in ")
