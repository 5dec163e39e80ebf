"""Runs the checks of an exercise against files, in a process group of its own.

What they start is killed with them: a hanging answer leaves nothing behind.
"""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from compare import probe, source
from compare.checks import ORDERS

PLUGIN = "compare.exercise_plugin"  # which imports pytest
BEGIN = 60  # seconds for pytest to begin
PATIENCE = 20  # seconds for one check; it should take less than three
ENVIRONMENT = {
    "PYTHONPATH": str(source.ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_ADDOPTS": "",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # they take time, and are not needed
}
AFTER = 1  # seconds after which a check that has not ended is killed
NO_PYTEST = """\
pytest is missing in this interpreter; the checks are written for it. This installs it:
  python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'"""


class Place(NamedTuple):
    """A line of a file, and the function that it is in."""

    path: Path
    line: int
    function: str


@dataclass(frozen=True)
class Failure:
    """The first check that failed.

    `line` is the number of the task's line that does not hold, 0 if the file could not
    be loaded; `met` is (what, expected, came), or () if there was no such comparison;
    `error` is the last line of the traceback, `place` where the learner's code broke,
    or the check, or None; `code` what stands there, if Python marked it; `output` what
    was printed.
    """

    line: int
    met: tuple
    kind: str = ""
    error: str = ""
    place: Place | None = None
    code: str = ""
    output: str = ""


@dataclass
class Outcome:
    """What became of one file: the checks in order, those that passed, the failure."""

    checks: list = field(default_factory=list)
    passed: list = field(default_factory=list)
    failure: Failure | None = None
    left: list = field(default_factory=list)  # names of processes it left behind

    @property
    def ok(self):
        return bool(self.checks) and self.passed == self.checks

    @property
    def held(self):
        """The numbers of the lines of which every check passed."""
        broken = {number(name) for name in self.checks if name not in self.passed}
        return sorted({number(name) for name in self.passed} - broken)


def number(check):
    """Return the number of the line that a check is for: 2 for test_2_words."""
    found = re.match(r"test_(\d+)", check)
    return int(found[1]) if found else 0


def run(check, files, patience=PATIENCE):
    """Run the file `check` against each of `files`; return an Outcome for each.

    A check that has not ended after `patience` seconds fails; what would come after it
    is not run. LookupError if pytest is missing, RuntimeError, with what pytest wrote,
    if the checks themselves could not be run.
    """
    if importlib.util.find_spec("pytest") is None:
        raise LookupError(NO_PYTEST)
    outcomes, now = [Outcome() for _ in files], None
    # What is killed may still be about to write there.
    where = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with where as folder, tempfile.TemporaryFile("w+") as out:
        for kind, *told in _told(check, files, patience, folder, out):
            if kind == "checks":
                for outcome in outcomes:
                    outcome.checks = told[0]
            elif kind != "over":
                now = _note(outcomes, check, files, kind, *told)
        out.seek(0)
        if now:
            index, name = now
            story, status = out.read(), told[0]
            place = find(story.rpartition("Current thread")[2], files[index])
            outcomes[index].failure = _cut_off(name, patience, status, place)
        elif not outcomes[0].checks:
            raise RuntimeError(f"{check} could not be run:\n{out.read().strip()}")
    return outcomes


def _note(outcomes, check, files, kind, index, *told):
    """Add what the plugin told to the file's Outcome; return the check that runs."""
    outcome = outcomes[index]
    if kind == "begun":
        return index, told[0]
    if kind == "passed":
        outcome.passed.append(told[0])
    elif kind == "left":
        outcome.left += told[0]
    elif kind == "failed":
        outcome.failure = _failure(check, files[index], *told)
    return None


def _failure(check, path, name, told):
    story, output = told["story"], told["output"]
    place = find(story, path) or find(output, path)
    if not place and not told["met"]:
        place = find(story, check)
    line = number(name) if told["loaded"] else 0
    kind, error, code = told["kind"], told["error"], told["code"]
    return Failure(line, tuple(told["met"]), kind, error, place, code, output)


def _cut_off(name, patience, status, place):
    """Return the Failure of a check that did not come to its end.

    The process has ended with `status`, None if it had to be killed.
    """
    if status is None:
        came, expected = "nothing so far", f"its end in {patience} s"
    else:
        came, expected = f"its process has ended, with {status}", "its end"
    return Failure(number(name), (name, expected, came), place=place)


def find(story, path):
    """Return the last Place in the file at `path` that a traceback names, or None.

    It may have been told in another process: a server's traceback is part of the
    exception that comes from it.
    """
    pattern = rf'File "{re.escape(str(path))}", line (\d+)(?:,? in (\S+))?'
    found = re.findall(pattern, story)
    if not found:
        return None
    line, function = found[-1]
    return Place(path, int(line), function)


def _told(check, files, patience, folder, out):
    """Run pytest; yield what the plugin writes. All is killed at the end."""
    reader, writer = os.pipe()
    orders = json.dumps([writer, [str(path) for path in files]])
    with open(reader) as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *_options(check, patience)],
            cwd=folder,
            env=os.environ | ENVIRONMENT | {ORDERS: orders, "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
            start_new_session=True,  # so that all it starts can be killed as a group
        )
        os.close(writer)
        watch = _Watch(process)
        try:
            for text in lines:
                watch.again(patience + AFTER)  # faulthandler writes before it ends
                told = json.loads(text)
                if told == ["done"]:
                    return  # a process that it left may still have the pipe
                yield told
            status = process.wait()
            yield "over", None if watch.fired else status
        finally:
            watch.stop()
            probe.signal_group(process, signal.SIGKILL)
            process.wait()


class _Watch:
    """Kills a process that says nothing for a while: `again` begins anew."""

    def __init__(self, process):
        self.process, self.timer = process, None
        self.fired = False  # whether it had to kill
        self.again(BEGIN)

    def again(self, seconds):
        self.stop()
        self.timer = threading.Timer(seconds, self._fire)
        self.timer.daemon = True
        self.timer.start()

    def _fire(self):
        self.fired = True
        probe.signal_group(self.process, signal.SIGKILL)

    def stop(self):
        if self.timer:
            self.timer.cancel()
            self.timer.join()


def _options(check, patience):
    """Return the arguments of pytest: nothing of the project's own settings."""
    return [
        *("-p", PLUGIN, "-p", "no:cacheprovider", "--noconftest"),
        *("--import-mode", "importlib", "-q", "-c", os.devnull),
        *("--rootdir", str(check.parent), "-o", f"faulthandler_timeout={patience}"),
        *("-W", "ignore:This process .* is multi-threaded:DeprecationWarning"),
        str(check),
    ]
