"""Measures how fast both sides are, operation by operation.

The sides of an operation take turns, round after round, so that what else the machine
does hits them alike. What is known to mislead is kept out. Each side has a process of
its own: in a common one it would pay for what the other did to the heap (and 10 MB then
take twice as long). Who goes first changes from round to round, and the first round is
thrown away. timeit switches the garbage collector off. Managers are started before
anything is timed, since after a fork the parent pays for each page that it writes.
"""

import argparse
import contextlib
import ctypes
import importlib
import multiprocessing
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from collections.abc import Callable
from typing import NamedTuple

from compare import probe, show, source

ROUNDS = 25
SPAN = 0.01  # seconds that a side is timed for in a round, at least
TIMEOUT = 60  # seconds for an operation, or for as many rounds as by default
PLACES = ("pinned", "free")
LIMIT = "limit"  # the side that does nothing but what cannot be left out
CLIENTS, CALLS = 4, 50


class Work(NamedTuple):
    """What is timed.

    `using(mp)` is a context manager that gives the names in `statement`, a dict.
    `setup` is run before each timing, and is not part of it; `once` is whether each
    run of the statement needs it.
    """

    title: str
    statement: str
    using: Callable
    setup: str = "pass"
    once: bool = False


class Operation(NamedTuple):
    """A row of the table, and what no implementation can be faster than."""

    name: str
    work: Work
    limit: Work | None = None
    places: tuple = PLACES

    def sides(self):
        """Return {side: (Work, the module it is given)}."""
        sides = {
            side: (self.work, importlib.import_module(module))
            for side, module in probe.MODULES.items()
        }
        return sides | ({LIMIT: (self.limit, multiprocessing)} if self.limit else {})


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
        ratios = [cpython / minimp for cpython, minimp in rounds]
        if len(ratios) == 1:
            return ratios[0], ratios[0]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, high


@contextlib.contextmanager
def _constructors(mp):
    yield {"Value": mp.Value, "RawArray": mp.RawArray, "numbers": [*range(100_000)]}


@contextlib.contextmanager
def _shared(mp):
    yield {"v": mp.Value("i", 0), "a": mp.Array("i", 10), "event": mp.Event()}


@contextlib.contextmanager
def _bare(mp):
    # The object in C below each lock of CPython, and of minimp where it can.
    lock = mp.Lock()._semlock
    yield {"v": ctypes.c_int(), "a": (ctypes.c_int * 10)(), "lock": lock}


@contextlib.contextmanager
def _managed(mp):
    with mp.Manager() as manager:
        names = {"manager": manager, "numbers": manager.list([1, 2, 3])}
        yield names | {"shared": manager.Value("O", None), "data": b"x" * 10_000_000}


@contextlib.contextmanager
def _starting(mp):
    with contextlib.ExitStack() as running:
        yield {"Manager": mp.Manager, "running": running}


@contextlib.contextmanager
def _starting_bare(mp):
    reader, writer = os.pipe()

    def start():
        process = mp.Process(target=os.write, args=(writer, b"!"))
        process.start()
        os.read(reader, 1)
        return process

    with contextlib.ExitStack() as running:
        running.callback(os.close, reader)
        running.callback(os.close, writer)
        with contextlib.ExitStack() as processes:
            yield {"start": start, "running": processes}


@contextlib.contextmanager
def _clients(mp):
    with mp.Manager() as manager, contextlib.ExitStack() as running:
        numbers = manager.list([1, 2, 3])
        clients = []
        for _ in range(CLIENTS):
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.Process(target=_client, args=(numbers, theirs))
            process.start()
            running.callback(process.join)
            running.callback(ours.send_bytes, b"end")
            clients.append(ours)
        yield {"clients": clients}


def _client(numbers, conn):
    while conn.recv_bytes() == b"go":
        for _ in range(CALLS):
            numbers[0]
        conn.send_bytes(b"done")


def _ping_pong(size):
    """Return a `using`, whose `ball` goes to another process and comes back."""

    @contextlib.contextmanager
    def using(mp):
        ours, theirs = socket.socketpair()
        process = mp.Process(target=_play, args=(ours, theirs, size))
        process.start()
        theirs.close()
        with ours:
            names = {"s": ours, "ball": bytes(size), "caught": bytearray(size)}
            yield names | {"ALL": socket.MSG_WAITALL}
        process.join()

    return using


def _play(theirs, ours, size):
    theirs.close()
    ball = bytearray(size)
    while ours.recv_into(ball, size, socket.MSG_WAITALL) == size:
        ours.sendall(ball)


CATCH = "s.sendall(ball); s.recv_into(caught, 0, ALL)"

HEAD = ["CPython", "minimp", "limit", "ratio", "quartiles"]

OPERATIONS = [
    Operation(
        "value",
        Work("Value: get and set", "v.value = v.value", _shared),
        Work("bare ctypes object", "v.value = v.value", _bare),
    ),
    Operation(
        "lock",
        Work("Value: += 1 with its lock", "with v.get_lock(): v.value += 1", _shared),
        Work("bare semaphore: down and up", "with lock: pass", _bare),
    ),
    Operation(
        "item",
        Work("Array: get and set an element", "a[3] = a[3]", _shared),
        Work("bare ctypes array", "a[3] = a[3]", _bare),
    ),
    Operation(
        "event", Work("Event: set, clear", "event.set(); event.clear()", _shared)
    ),
    Operation("new", Work("Value: create", "Value('i', 0)", _constructors)),
    Operation(
        "large",
        Work("RawArray: 100 MB", "RawArray('b', 100_000_000)", _constructors),
    ),
    Operation(
        "list",
        Work("RawArray: list of 100,000", "RawArray('i', numbers)", _constructors),
    ),
    Operation(
        "start",
        Work(
            "Manager: start",
            "running.push(Manager())",
            _starting,
            setup="running.close()",
            once=True,
        ),
        Work(
            "bare Process: start, first byte",
            "running.callback(start().join)",
            _starting_bare,
            setup="running.close()",
            once=True,
        ),
    ),
    Operation(
        "stop",
        Work(
            "Manager: shutdown",
            "manager.shutdown()",
            _starting,
            setup="manager = Manager()",
            once=True,
        ),
    ),
    Operation(
        "call",
        Work("proxy: call a method", "numbers[0]", _managed),
        Work("60 bytes there and back", CATCH, _ping_pong(60)),
    ),
    Operation("proxy", Work("proxy: create", "manager.list()", _managed)),
    Operation(
        "data",
        Work(
            "proxy: 10 MB there and back",
            "shared.value = data; shared.value",
            _managed,
        ),
        Work("10 MB there and back", CATCH, _ping_pong(10_000_000)),
    ),
    Operation(
        "clients",
        Work(
            f"{CLIENTS} clients at once, {CALLS} calls each",
            "for c in clients: c.send_bytes(b'go')\nfor c in clients: c.recv_bytes()",
            _clients,
        ),
        places=("free",),
    ),
]


def measure(operation, place, rounds=ROUNDS, python=sys.executable):
    """Measure an Operation with the interpreter `python`; return its Figures.

    All processes share one core if `place` is "pinned". RuntimeError, with what it
    wrote, if the process of a side fails, or if they take too long; nothing that they
    started is left.
    """
    deadline = time.monotonic() + TIMEOUT * max(1, rounds / ROUNDS)
    with contextlib.ExitStack() as stack:
        sides = {}  # side -> _Side
        for side in operation.sides():
            process = _Side(operation, side, place, deadline, python)
            sides[side] = stack.enter_context(process)
            sides[side].turn()  # the first round, for nothing
        seconds = {side: [] for side in sides}
        for number in range(rounds):
            for side in list(sides)[:: -1 if number % 2 else 1]:
                seconds[side].append(sides[side].turn())
        for side in sides.values():
            side.end()
    return Figures(operation, seconds)


class _Side:
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def child():
    """Be the process of a side: print the seconds for each line that is read."""
    name, side, place = sys.argv[1:]
    multiprocessing.set_start_method("fork")
    if place == "pinned":
        os.sched_setaffinity(0, [core()])
    work, mp = named(name).sides()[side]
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
    number = 1
    while timer.timeit(number) < SPAN:
        number *= 2
    return number


def named(name):
    """Return the Operation of that name; LookupError names what there is."""
    for operation in OPERATIONS:
        if operation.name == name:
            return operation
    known = ", ".join(operation.name for operation in OPERATIONS)
    raise LookupError(f"no operation {name!r}; known: {known}")


def heading(place):
    """Return what the figures of a place are about, in words."""
    cores = len(os.sched_getaffinity(0))
    where = f"all on core {core()}" if place == "pinned" else f"{cores} cores"
    return f"{place}: {where}"


def plain(tables):
    """Return {place: [Figures]} as columns for a terminal."""
    lines = []
    for place, figures in tables.items():
        for row in [["", heading(place), *HEAD], *rows(figures)]:
            lines.append("{:8} {:32} {:>8} {:>8} {:>8} {:>6}  {}".format(*row).rstrip())
        lines.append("")
    return "\n".join([*lines, *notes(tables)])


def markdown(tables):
    """Return {place: [Figures]} as Markdown."""
    lines = []
    for place, figures in tables.items():
        head = ["name", heading(place), *HEAD]
        dashes = ["---", "---", "---:", "---:", "---:", "---:", "---"]
        for row in [head, dashes, *rows(figures)]:
            lines.append(f"| {' | '.join(row)} |")
        lines.append("")
    return "\n".join([*lines, *notes(tables)])


def rows(figures):
    """Return the cells of each row, as str: a limit has a row of its own."""
    found = []
    for one in figures:
        name, work, limit, _ = one.operation
        both = [duration(one.median(side)) for side in probe.MODULES]
        quartiles = "-".join(map(_three_digits, one.quartiles))
        found.append([name, work.title, *both, "", _three_digits(one.ratio), quartiles])
        if limit:
            alone = duration(one.median(LIMIT))
            found.append(["", f"- {limit.title}", "", "", alone, "", ""])
    return found


def notes(tables):
    """Return what the tables need said, one sentence a line."""
    rounds = {len(one.seconds["minimp"]) for table in tables.values() for one in table}
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    yield f"CPython {platform.python_version()} on {system}; processes are forked."
    yield f"Times: medians of {max(rounds)} rounds, in which all sides take turns."
    yield "Ratio: of the medians; above 1, minimp is faster."
    yield "Quartiles: the middle half of the rounds' ratios lies between them."
    yield "Limit: what no implementation can leave out, done by itself."
    yield f"Load of the machine in the last 1, 5 and 15 minutes: {load}."


def duration(seconds):
    """Return a time with its unit, in three digits."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds / 1e-9)} ns"


def main(argv):
    """Measure the named operations, or all, and print the tables; return the status."""
    options = _parser().parse_args(argv)
    try:
        chosen = [*map(named, options.names)] or OPERATIONS
    except LookupError as error:
        print(f"python -m compare bench: {error}", file=sys.stderr)
        return 2
    places = [options.place] if options.place else PLACES
    steps = [(one, place) for place in places for one in chosen if place in one.places]
    if not steps:
        print("python -m compare bench: that is only measured free", file=sys.stderr)
        return 2
    tables = {}
    try:
        for number, (operation, place) in enumerate(steps, 1):
            show.progress(f"{number}/{len(steps)} {place}: {operation.work.title}")
            figures = measure(operation, place, options.rounds)
            tables.setdefault(place, []).append(figures)
    except RuntimeError as error:
        print(f"python -m compare bench: {error}", file=sys.stderr)
        return 1
    finally:
        show.progress("")
    print(markdown(tables) if options.markdown else plain(tables))
    return 0


def _parser():
    known = "\n".join(f"  {one.name:8} {one.work.title}" for one in OPERATIONS)
    parser = argparse.ArgumentParser(
        prog="python -m compare bench",
        description="Measure how fast multiprocessing and minimp are.",
        epilog=f"operations:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="an operation (all)")
    parser.add_argument(
        "--rounds",
        type=_rounds,
        default=ROUNDS,
        metavar="N",
        help=f"how often each is measured ({ROUNDS})",
    )
    place = parser.add_mutually_exclusive_group()
    for name, what in zip(PLACES, ["on one core", "on all cores"], strict=True):
        place.add_argument(
            f"--{name}",
            dest="place",
            action="store_const",
            const=name,
            help=f"all processes {what} (both, one after the other)",
        )
    parser.add_argument("--markdown", action="store_true", help="print it as Markdown")
    return parser


def _rounds(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _three_digits(number):
    decimals = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:,.{decimals}f}"
