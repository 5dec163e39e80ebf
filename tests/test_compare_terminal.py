"""What the verbs print fits a terminal of 80 columns; a signal ends all they began."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from compare import __main__ as verbs
from compare import source


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *([verb, "--help"] for verb in sorted(verbs.VERBS)),
        ["api"],
        ["size"],
        pytest.param(["versions"], marks=pytest.mark.slow),
        ["errors", "has no len"],
        ["run", "type_table"],
        ["wire", "connect_errors"],
        ["museum", "ipv6"],
        ["heap.Heap.malloc"],
    ],
    ids=" ".join,
)
def test_lines_fit(arguments, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    try:
        assert verbs.main(arguments) == 0
    except SystemExit as ended:
        assert ended.code == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == "" and len(lines) > 3
    # A path that is longer than the terminal stays whole.
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\033" not in out


@pytest.mark.parametrize("verb", ["run", "wire"])
def test_long_tmpdir_is_not_used(verb, tmp_path):
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "compare", verb, "manager_calls"],
        cwd=source.ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "AF_UNIX path too long" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["api"], ["size"], ["errors"], ["exercise"], ["parts", "--show"], ["heap.Heap"]],
    ids=" ".join,
)
def test_reader_may_stop_early(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "compare", *arguments],
            cwd=source.ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, b"")


def test_record_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "parts.json").mkdir()  # root may write where others may not
    code = (
        "import runpy, pathlib; from compare import parts\n"
        f"parts.RECORD = pathlib.Path({str(tmp_path / 'parts.json')!r})\n"
        "parts.measured = lambda rounds, calls: {}\n"
        "runpy.run_module('compare', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "parts", "--record"],
        cwd=source.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"python -m compare: [Errno 21] Is a directory: '{tmp_path}/parts.json'\n"
    )


HANGS = """
import os, time

def main(mp):
    manager = mp.Manager()  # which has a socket
    with open({path!r} + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename({path!r} + ".new", {path!r})
    time.sleep(1000)
"""


@pytest.mark.parametrize(
    ("verb", "number"),
    [
        ("run", signal.SIGTERM),
        ("wire", signal.SIGINT),
        pytest.param("run", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("wire", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_signal_ends_what_was_begun(verb, number, program, tmp_path):
    file = tmp_path / "pid"
    command = [sys.executable, "-m", "compare", verb]
    with tempfile.TemporaryDirectory() as folder:  # its name is short
        verb = subprocess.Popen(
            [*command, program(HANGS.format(path=str(file)))],
            cwd=source.ROOT,
            env=os.environ | {"TMPDIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with verb:
            deadline = time.monotonic() + 30
            while not file.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            verb.send_signal(number)
            _, err = verb.communicate(timeout=30)
        assert os.listdir(folder) == []
    assert verb.returncode == 128 + number
    assert err == b""
    assert not os.path.exists(f"/proc/{file.read_text()}/cwd")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["heap.Heap.malloc"], 0, "minimp.heap.Heap.malloc"),
        (["exercise"], 0, "Go on: python -m compare exercise "),
        (["exercise", "counter"], 2, "pytest is missing in this interpreter"),
        (["suite"], 2, "pytest is missing in this interpreter"),
        (["site", "--no-serve"], 2, "Sphinx is missing in this interpreter"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_standard_library_is_enough(arguments, status, said, tmp_path):
    """Without any installed package: -S leaves them out."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "compare", *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(source.ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stdout + done.stderr and "Traceback" not in done.stderr
