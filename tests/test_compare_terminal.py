"""What the verbs print fits a terminal of 80 columns; a signal ends all they began."""

import os
import signal
import subprocess
import sys
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


HANGS = """
import os, time

def main(mp):
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
    file, folder = tmp_path / "pid", tmp_path / "temporary"
    folder.mkdir()
    verb = subprocess.Popen(
        [sys.executable, "-m", "compare", verb, program(HANGS.format(path=str(file)))],
        cwd=source.ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with verb:
        deadline = time.monotonic() + 30
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        verb.send_signal(number)
        _, err = verb.communicate(timeout=30)
    assert verb.returncode == 128 + number
    assert err == b""
    assert not os.path.exists(f"/proc/{file.read_text()}/cwd")
    assert os.listdir(folder) == []
