"""The README does what it says: its demo runs, its table is true."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compare import size

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def run_demo(tmp_path, source, method):
    """Run *source* as a file whose default start method is *method*."""
    demo = tmp_path / "demo.py"
    demo.write_text(source, "utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        f"import multiprocessing as mp\nmp.set_start_method({method!r}, force=True)"
    )
    done = subprocess.run(
        [sys.executable, demo],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_demo_prints_what_the_readme_shows(tmp_path, method):
    (demo,), (shown,) = blocks("python"), blocks("text")
    assert run_demo(tmp_path, demo, method) == shown


def test_demo_has_twelve_lines():
    (demo,) = blocks("python")
    assert len([line for line in demo.split("\n") if line.strip()]) == 12


def test_both_commands_set_everything_up():
    commands = re.findall("^python3 -m venv.*", README, re.MULTILINE)
    setup = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && "
    assert commands == [
        f"{setup}.venv/bin/python -m compare site",
        f"{setup}.venv/bin/python -m pytest -n 2",
    ]


def test_pictures_are_there():
    for name in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (ROOT / name).is_file()


def test_size_table_is_true():
    shown = README.partition("<!-- size: python -m compare size --markdown -->\n")[2]
    shown = shown.partition("\n<!-- /size -->")[0].split("\n")
    version = re.search(r"CPython (\d\S+),", shown[0])[1]
    now = size.markdown().replace(platform.python_version(), version).split("\n")
    if version == platform.python_version():
        assert shown == now
    else:  # the other side may have other lines, ours has the same
        ours = [re.split(r" *\| *", line)[4:6] for line in now]
        assert [re.split(r" *\| *", line)[4:6] for line in shown] == ours
