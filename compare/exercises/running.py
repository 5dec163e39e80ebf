"""Runs the checks of an exercise against files, in a process group of its own.

What they start is killed with them: a hanging answer leaves nothing behind.
"""

import contextlib
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

from compare import source
from compare.exercises import plugin

PATIENCE = 20  # seconds for one check; it should take less than three
ENVIRONMENT = {
    "PYTHONPATH": str(source.ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTEST_ADDOPTS": "",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # they take time, and are not needed
}
NO_PYTEST = """\
pytest is missing in this interpreter; the checks are written for it. This installs it:
  python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'"""


@dataclass(frozen=True)
class Failure:
    """The first check that failed.

    `line` is the number of the task's line that does not hold, 0 if the file could not
    be loaded; `met` is (what, expected, came), or () if there was no such comparison;
    `error` is the last line of the traceback, `place` where the learner's code broke
    (line number, function), or None; `output` what it printed.
    """

    line: int
    check: str
    met: tuple
    error: str
    kind: str
    place: tuple | None
    story: str
    output: str


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
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as out:
        for kind, *told in _told(check, files, patience, folder, out):
            if kind == "checks":
                for outcome in outcomes:
                    outcome.checks = told[0]
            elif kind == "over":
                break
            else:
                now = _note(outcomes, files, kind, *told)
        out.seek(0)
        if now:
            index, name = now
            ended = _hung if told[0] else _died
            outcomes[index].failure = ended(name, files[index], patience, out.read())
        elif not outcomes[0].checks:
            raise RuntimeError(f"{check} could not be run:\n{out.read().strip()}")
    return outcomes


def _note(outcomes, files, kind, index, *told):
    """Add what the plugin told to the file's Outcome; return the check that runs."""
    outcome = outcomes[index]
    if kind == "begun":
        return index, told[0]
    if kind == "passed":
        outcome.passed.append(told[0])
    elif kind == "left":
        outcome.left += told[0]
    elif kind == "failed":
        outcome.failure = _failure(*told, files[index])
    return None


def _failure(name, told, path):
    line = 0 if told["when"] == "setup" and "met" not in told else number(name)
    return Failure(
        line,
        name,
        tuple(told.get("met", ())),
        told["error"],
        told["kind"],
        place(told["story"], path),
        told["story"],
        told["output"],
    )


def _hung(name, path, patience, output):
    """Return the Failure of a check that did not come to its end."""
    met = (f"the check {name}", f"its end in {patience} s", "no end")
    where = place(output.partition("Current thread")[2] or output, path)
    return Failure(number(name), name, met, "", "Timeout", where, "", "")


def _died(name, path, patience, output):
    """Return the Failure of a check in the middle of which the process ended."""
    met = (f"the process of the check {name}", "to live", "it has ended")
    return Failure(number(name), name, met, "", "Exit", place(output, path), "", output)


def place(story, path):
    """Return (line, function) where `story` was last in the file at `path`, or None.

    The story may have been told in another process: a server's traceback is part of
    the exception that comes from it.
    """
    pattern = rf'File "{re.escape(str(path))}", line (\d+)(?:,? in (\S+))?'
    found = list(re.finditer(pattern, str(story)))
    if not found:
        return None
    last = found[-1]
    return int(last[1]), (last[2] or "").strip("<>")


def _told(check, files, patience, folder, out):
    """Run pytest; yield what the plugin writes. All is killed at the end."""
    reader, writer = os.pipe()
    orders = json.dumps([writer, [str(path) for path in files]])
    with open(reader) as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *_options(check, patience)],
            cwd=folder,
            env=os.environ | ENVIRONMENT | {plugin.ORDERS: orders, "TMPDIR": folder},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=[writer],
            start_new_session=True,  # so that all it starts can be killed as a group
        )
        os.close(writer)
        watch = _Watch(patience, process)
        try:
            for text in lines:
                watch.again()
                told = json.loads(text)
                if told == ["done"]:
                    break  # a process that it left may still have the pipe
                yield told
            yield "over", watch.fired
        finally:
            watch.stop()
            _kill(process)
            process.wait()


class _Watch:
    """Kills a process that says nothing for a while: `again` begins anew."""

    def __init__(self, patience, process):
        self.patience, self.process, self.timer = patience, process, None
        self.fired = False  # whether it had to kill
        self.again()

    def again(self):
        self.stop()
        # faulthandler writes first where it hangs.
        self.timer = threading.Timer(self.patience + 2, self._fire)
        self.timer.daemon = True
        self.timer.start()

    def _fire(self):
        self.fired = True
        _kill(self.process)

    def stop(self):
        if self.timer:
            self.timer.cancel()
            self.timer.join()


def _kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _options(check, patience):
    """Return the arguments of pytest: nothing of the project's own settings."""
    return [
        *("-p", plugin.__name__, "-p", "no:cacheprovider", "--noconftest"),
        *("--import-mode", "importlib", "-q", "-c", os.devnull),
        *("--rootdir", str(check.parent), "-o", f"faulthandler_timeout={patience}"),
        *("-W", "ignore:This process .* is multi-threaded:DeprecationWarning"),
        str(check),
    ]
