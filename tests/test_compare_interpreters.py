"""The interpreters at hand: they run, and are what they are said to be."""

import subprocess
import sys

import pytest

from compare import interpreters


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A PATH and a home folder with nothing in them yet."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    known = interpreters.at_hand
    monkeypatch.setattr(interpreters, "at_hand", known.__wrapped__)
    return tmp_path


def test_this_one_is_at_hand():
    first = next(iter(interpreters.at_hand().items()))
    assert first == (sys.version_info[:2], sys.executable)


def test_each_is_of_its_version():
    for (major, minor), path in interpreters.at_hand().items():
        asked = subprocess.check_output([path, "--version"], text=True)
        assert asked.startswith(f"Python {major}.{minor}.")


def test_this_one_is_no_other():
    assert sys.executable not in interpreters.others()


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\nexit 127",  # a shim of a version that is not chosen
        "#!/bin/sh\necho 3.6.9 /lib",  # too old
        "no program at all",
    ],
)
def test_what_does_not_serve_is_left_out(elsewhere, script):
    path = elsewhere / "python3.19"
    path.write_text(script)
    path.chmod(0o755)
    assert interpreters.at_hand() == {sys.version_info[:2]: sys.executable}


def test_older_ones_are_at_hand_if_wanted(elsewhere):
    path = elsewhere / "python3.9"
    path.write_text("#!/bin/sh\necho 3.9.1 /lib")
    path.chmod(0o755)
    assert interpreters.at_hand() == {sys.version_info[:2]: sys.executable}
    assert interpreters.at_hand(oldest=(3, 9))[3, 9] == str(path)
    assert (3, 9) not in interpreters.at_hand(oldest=(3, 10))


def test_pyenv_is_looked_at(elsewhere):
    path = elsewhere / ".pyenv" / "versions" / "3.19.0" / "bin" / "python3"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\necho 3.19.0 /lib")
    path.chmod(0o755)
    assert interpreters.at_hand()[3, 19] == str(path)
    assert interpreters.others() == [str(path)]
