"""Runs programs under both implementations and shows where they differ.

A program is a module with `def main(mp)`: it runs with mp = multiprocessing and with
mp = minimp. Each run has a fresh interpreter, a time limit, and the start method by
name, so that one run cannot disturb another.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from compare import interpreters, show, source

PROGRAMS = Path(__file__).with_name("programs")
MODULES = {"cpython": "multiprocessing", "minimp": "minimp"}
NAMES = {"cpython": "CPython", "minimp": "minimp"}  # as they are shown
START_METHODS = ("fork", "spawn", "forkserver")
TIMEOUT = 60  # seconds for one run
GRACE = 3  # seconds to end after a signal
MUST_DIFFER = [
    (r"\b(multiprocessing|minimp)\b", "mp"),  # the module's name
    (r"\b0x[0-9a-f]+\b", "0x..."),  # addresses
    (r"\b(pid|parent)=\d+", r"\1=..."),  # in the repr of a process
    (r"\d+ \(varies\)", "... (varies)"),  # as a program says of a figure
]


@dataclass(frozen=True)
class Transcript:
    """What one run of a program printed, and how it ended.

    `status` is the exit status, negative for a signal, None if time ran out;
    `seconds` the wall-clock time with the interpreter's start.
    """

    program: str
    impl: str
    method: str
    stdout: str
    stderr: str
    status: int | None
    seconds: float

    @property
    def lines(self):
        """The printed lines, with what must differ replaced."""
        return [normalised(line) for line in self.stdout.splitlines()]

    @property
    def failure(self):
        """How the run failed, in words; "" if it did not."""
        if self.status is None:
            return f"did not end, was killed after {self.seconds:.1f} seconds"
        if self.status < 0:
            return f"ended by {signal.Signals(-self.status).name}"
        if self.status > 0:
            return f"exit status {self.status}"
        return "wrote to standard error" if self.stderr else ""


def normalised(line):
    """Return a line with what must differ replaced."""
    for pattern, replacement in MUST_DIFFER:
        line = re.sub(pattern, replacement, line)
    return line


def names():
    """Return the names of the programs, sorted."""
    return sorted(p.stem for p in PROGRAMS.glob("[!_]*.py"))


def run(program, impl, method, python=sys.executable, timeout=TIMEOUT, prepare=""):
    """Run a program and return its Transcript; it never hangs.

    `program` is a name of `names()` or the path of a .py file; `impl` "cpython" or
    "minimp"; `method` a start method. When `timeout` seconds are over, the run and
    all processes that it started are killed. LookupError for an unknown program.
    `prepare` is Python code to run there first.
    """
    path = _path(program)
    code = f"{prepare}\nfrom compare import child; child.main()"
    # -P: a file in the current folder takes no module's place.
    command = [python, "-P", "-c", code, str(path), MODULES[impl], method]
    began = time.monotonic()
    with folder() as temporary:
        environment = {"PYTHONPATH": str(source.ROOT), "PYTHONUTF8": "1"}
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
            env=os.environ | environment | {"TMPDIR": temporary},
            start_new_session=True,  # so that its processes can be killed as a group
        )
        with process:
            stdout, stderr, in_time = _output(process, timeout)
        seconds = time.monotonic() - began
    status = process.returncode if in_time else None
    return Transcript(path.stem, impl, method, stdout, stderr, status, seconds)


def verdict(runs):
    """Return "same", "different" or "failed", of Transcripts of one program."""
    if any(one.failure for one in runs):
        return "failed"
    return "same" if all(one.lines == runs[0].lines for one in runs) else "different"


def main(argv):
    """Run the named programs, or all; return 1 if any differs or fails."""
    options = _parser().parse_args(argv)
    methods = START_METHODS if options.method == "all" else [options.method]
    verdicts = Counter(same=0, different=0, failed=0)
    try:
        for program in options.programs or names():
            for method in methods:
                verdicts[_compare(program, method, options)] += 1
    except LookupError as error:
        print(f"python -m compare run: {error}", file=sys.stderr)
        return 2
    if not options.only:
        print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))
    return 0 if verdicts.total() == verdicts["same"] else 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare run",
        description="Run programs under multiprocessing and under minimp.",
        epilog="programs: " + ", ".join(names()),
    )
    parser.add_argument(
        "programs", nargs="*", metavar="PROGRAM", help="a name, or a .py file (all)"
    )
    add_method(parser, [*START_METHODS, "all"])
    parser.add_argument(
        "--only", choices=MODULES, help="print what it prints under one of them"
    )
    interpreters.add_option(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"then a run is killed ({TIMEOUT})",
    )
    return parser


def add_method(parser, choices):
    """Give a parser the option --method."""
    parser.add_argument(
        "--method", choices=choices, default="fork", help="how processes start (fork)"
    )


def _compare(program, method, options):
    """Run and print one program; return the verdict, a word."""
    impls = [options.only] if options.only else MODULES
    runs = [
        run(program, impl, method, options.python, options.timeout) for impl in impls
    ]
    word = verdict(runs)
    if options.only:
        print(runs[0].stdout, end="", flush=True)
    else:
        who = {"cpython": f"CPython {interpreters.about(options.python).name}"}
        sides = [([who.get(one.impl, one.impl)], show.plain(one.lines)) for one in runs]
        print(f"== {runs[0].program}, {method}: {word}")
        print(show.show_two(*sides, *show.terminal()), end="\n\n")
    for one in runs:
        if not one.failure:
            continue
        what = f"{one.program}, {one.method}, {MODULES[one.impl]}: {one.failure}"
        print(what, one.stderr, sep="\n", file=sys.stderr if options.only else None)
    return word


def _output(process, timeout):
    """Return (stdout, stderr, whether it ended in time) and leave nothing running."""
    try:
        return *process.communicate(timeout=timeout), True
    except subprocess.TimeoutExpired:
        # The first signal lets CPython's resource tracker live, which then removes
        # the semaphores that the others leave behind.
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal_group(process, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return *process.communicate(timeout=GRACE), False
        return "", "a process that left the group still holds the output", False
    except BaseException:
        signal_group(process, signal.SIGKILL)
        raise


def folder():
    """Return a TemporaryDirectory for a run: the sockets of what is killed go with it.

    What is killed may still be about to write there.
    """
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def signal_group(process, number):
    """Send a signal to all processes of the group that a process has begun."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _path(program):
    """Return the file of a program; LookupError names what there is."""
    path = Path(program) if program.endswith(".py") else PROGRAMS / f"{program}.py"
    if not path.is_file():
        known = source.unknown("program", program, source.near(path.stem, names()))
        raise LookupError(f"{known}\n`python -m compare run --help` lists all.")
    return path.resolve()
