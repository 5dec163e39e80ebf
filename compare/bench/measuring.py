"""Measures one operation: its sides take turns, each in a process of its own.

What is known to mislead is kept out. In a common process a side would pay for what
another did to the heap (and 10 MB then take twice as long). Each round has another
order, and the first is thrown away. timeit switches the garbage collector off. Managers
are started before anything is timed, since after a fork the parent pays for each page
that it writes.
"""

import contextlib
import functools
import importlib
import json
import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from typing import NamedTuple

from compare import probe, source
from compare.bench import growth
from compare.bench.operations import OPERATIONS, PEERS, Operation

ROUNDS = 25
SPAN = 0.01  # seconds that a side is timed for in a round, at least
TIMEOUT = 60  # seconds for an operation, or for as many rounds as by default
# What an interpreter is asked for: its version, and those of the peers that it has.
ASK = """
import importlib.metadata, json, platform, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps([platform.python_version(), found]))
"""


class Interpreter(NamedTuple):
    """What measures: a version of Python, and {peer: version} of what it has."""

    version: str
    peers: dict


class Figures(NamedTuple):
    """What an operation took: {side: seconds for one run, in each round}."""

    operation: Operation
    seconds: dict

    def median(self, side):
        """Return the median of a side's rounds, in seconds."""
        return statistics.median(self.seconds[side])

    @property
    def ratio(self):
        """How many times faster minimp is, by the medians."""
        return self.median("cpython") / self.median("minimp")

    @property
    def quartiles(self):
        """Between what the middle half of the rounds' ratios lies."""
        rounds = zip(self.seconds["cpython"], self.seconds["minimp"], strict=True)
        return quartiles([cpython / minimp for cpython, minimp in rounds])


def quartiles(numbers):
    """Return between what the middle half of some numbers lies."""
    if len(numbers) == 1:
        return numbers[0], numbers[0]
    low, _, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return low, high


def named(name):
    """Return the Operation of that name; LookupError names what there is.

    "payload:1000" is the point of a curve.
    """
    for operation in OPERATIONS:
        if operation.name == name:
            return operation
    curve, _, number = name.partition(":")
    if number:
        return growth.named(curve).at(int(number))
    known = ", ".join(operation.name for operation in OPERATIONS)
    raise LookupError(f"no operation {name!r}; known: {known}")


@functools.cache
def interpreter(python=sys.executable):
    """Return the Interpreter that `python`, a path, is.

    RuntimeError if `python` is no interpreter.
    """
    command = [python, "-P", "-c", ASK, *PEERS]
    try:
        asked = subprocess.run(command, capture_output=True, timeout=30, check=True)
        return Interpreter(*json.loads(asked.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise RuntimeError(f"{python!r} is no interpreter: {error}") from error


def measure(
    operation, place, rounds=ROUNDS, python=sys.executable, peers=(), until=None
):
    """Measure an Operation with the interpreter `python`; return its Figures.

    All processes share one core if `place` is "pinned"; all sides run on `python`.
    RuntimeError, with what it wrote, if the process of a side fails, or if they take
    too long, at the latest at `until` on the monotonic clock; nothing that they started
    is left.
    """
    deadline = time.monotonic() + TIMEOUT * max(1, rounds / ROUNDS)
    deadline = deadline if until is None else min(deadline, until)
    with contextlib.ExitStack() as stack:
        sides = {}  # side -> Side
        for side in operation.sides(peers):
            process = Side(operation, side, place, deadline, python)
            sides[side] = stack.enter_context(process)
            sides[side].turn()  # the first round, for nothing
        seconds = {side: [] for side in sides}
        for number in range(rounds):
            for side in shuffled(sides, number):
                seconds[side].append(sides[side].turn())
        for side in sides.values():
            side.end()
    return Figures(operation, seconds)


def shuffled(sides, number):
    """Return the sides in the order of a round, the same in each measurement.

    Forth and back would not do: the outer sides would have two turns in a row.
    """
    return random.Random(number).sample(list(sides), len(sides))


class Side:
    """The process in which one side of an operation waits for its turns."""

    def __init__(self, operation, side, place, deadline, python):
        self.name = f"{operation.name}, {side}, {place}"
        self.python = python
        self.arguments = [operation.name, side, place]
        self.deadline = deadline  # monotonic

    def __enter__(self):
        # Managers have their sockets in it; killed, they would leave them behind.
        self.folder = tempfile.TemporaryDirectory()
        self.stderr = tempfile.TemporaryFile("w+", encoding="utf-8")
        code = "from compare import bench; bench.child()"
        environment = {"PYTHONPATH": str(source.ROOT), "TMPDIR": self.folder.name}
        # Else a spawned child compiles minimp, but not the standard library.
        environment["PYTHONDONTWRITEBYTECODE"] = ""
        self.process = subprocess.Popen(
            [self.python, "-P", "-c", code, *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            encoding="utf-8",
            env=os.environ | environment,
            start_new_session=True,  # so that all it starts can be killed as a group
        )
        left = max(0, self.deadline - time.monotonic())
        self.alarm = threading.Timer(left, self.kill)
        self.alarm.start()
        return self

    def __exit__(self, *error):
        self.alarm.cancel()
        self.alarm.join()
        self.kill()
        with contextlib.suppress(BrokenPipeError), self.process:
            pass  # closes the pipes, and waits
        self.stderr.close()
        self.folder.cleanup()

    def turn(self):
        """Return the seconds for one run of the statement."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.end()
            raise RuntimeError(f"{self.name}: it ended too early")
        return float(line)

    def end(self):
        """Wait until the process has ended, as it does by itself."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        status = self.process.wait()
        self.stderr.seek(0)
        text = self.stderr.read().strip()
        if time.monotonic() >= self.deadline:
            raise RuntimeError(f"{self.name}: it took too long")
        if status or text:
            raise RuntimeError(f"{self.name}: {text}")

    def kill(self):
        """Kill the process and all that it has started."""
        probe.signal_group(self.process, signal.SIGKILL)


def child():
    """Be the process of a side: print the seconds for each line that is read."""
    name, side, place = sys.argv[1:]
    if place == "pinned":
        os.sched_setaffinity(0, [core()])
    work, module = named(name).sides(PEERS)[side]
    mp = importlib.import_module(module)
    for each in (multiprocessing, mp):
        if hasattr(each, "set_start_method"):
            each.set_start_method("fork", force=True)
    with work.using(mp) as names:
        timer = timeit.Timer(work.statement, work.setup, globals=names)
        number = 1 if work.once else _enough(timer)
        for _ in sys.stdin:
            print(timer.timeit(number) / number, flush=True)


def core():
    """Return the number of the core that "pinned" means."""
    return max(os.sched_getaffinity(0))


def _enough(timer):
    """Return how many runs take SPAN seconds."""
    timer.timeit(1)  # the first may import a module
    number = 1
    while timer.timeit(number) < SPAN:
        number *= 2
    return number
