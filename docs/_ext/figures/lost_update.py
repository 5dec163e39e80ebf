"""How `v.value += 1` loses an update: free runs, and real runs in a forced order.

The latter are made by a lock that lets no access begin before it is told to, and that
reports each one when it is over. So the statement itself runs, as in any program,
and who comes next is the figure's choice. Both implementations run; where they would
differ, the figure is an error and not a picture.

All the orders that there are, are counted by a model; the tests hold it against runs.
"""

import itertools
import math
import multiprocessing
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import sharedctypes

import minimp
from compare import probe

from ..lanes import Table

TIMEOUT = 10  # seconds; a step takes microseconds
HEADER = ("Process A", "`v.value`", "Process B")
IMPLEMENTATIONS = {
    "CPython": (sharedctypes, multiprocessing.get_context("fork")),
    "minimp": (minimp.sharedctypes, minimp),
}
SIZES = ((2, 1), (2, 2), (2, 3), (3, 1), (3, 2))  # processes, updates of each
RUNS = 6  # free ones, of each implementation


# --- free runs


def more_runs() -> str:
    """What some runs of the program counted under each implementation, as Markdown.

    Both implementations run at a time, as for the program's transcript.
    """
    with ThreadPoolExecutor() as pool:
        theirs, ours = (pool.submit(_counted, impl) for impl in probe.MODULES)
    return f"CPython\n: {theirs.result()}\n\nminimp\n: {ours.result()}\n"


def _counted(impl):
    runs = [probe.run("lost_update", impl, "fork") for _ in range(RUNS)]
    return ", ".join(re.search(r"counted: (\d+)", run.stdout)[1] for run in runs)


# --- two processes in a forced order


class Gate:
    """The lock of a Value: each use waits for a word, and is reported."""

    def __init__(self, lock, memory):
        self.lock = lock
        self.memory = memory  # the ctypes object that the lock guards
        self.words = itertools.cycle(("reads", "writes"))
        self.pipe = None  # set in the process that uses it

    def acquire(self):
        """The getter or the setter begins."""
        self.pipe.recv()
        return self.lock.acquire()

    def release(self):
        """The getter or the setter is over."""
        value, count = self.memory.value, self.lock._semlock._count()
        self.lock.release()
        self.pipe.send(f"{next(self.words)} **{value}**, lock count {count}")

    def __enter__(self):
        self.pipe.recv()
        if not self.lock.acquire(block=False):
            self.pipe.send("asks for the lock")
            self.lock.acquire()
        self.pipe.send("has the lock, count 1")

    def __exit__(self, *exc_info):
        self.pipe.recv()
        self.lock.release()
        self.pipe.send("gives the lock back")


def bare(v):
    v.value += 1


def guarded(v):
    with v.get_lock():
        v.value += 1


def work(body, v, pipe, parents):
    parents.close()  # so that the pipe ends when the parent does
    v.get_lock().pipe = pipe
    body(v)


class Actor:
    """A process that takes one step of *body* when it is told to."""

    def __init__(self, body, v):
        context = multiprocessing.get_context("fork")
        self.pipe, self.theirs = context.Pipe()
        self.process = context.Process(
            target=work, args=(body, v, self.theirs, self.pipe), daemon=True
        )

    def __enter__(self):
        self.process.start()
        self.theirs.close()
        return self

    def __exit__(self, failed, *_):
        if failed:
            self.process.kill()
        self.process.join(TIMEOUT)
        exitcode = self.process.exitcode
        if exitcode is None:
            self.process.kill()
            self.process.join()
        self.process.close()
        self.pipe.close()
        if exitcode != 0 and not failed:
            raise RuntimeError(f"a figure's process ended: {exitcode}")

    def step(self):
        """Let it go on, and return its report, inline Markdown."""
        self.pipe.send(None)
        return self.report()

    def report(self):
        if not self.pipe.poll(TIMEOUT):
            raise RuntimeError("a figure's process does not answer")
        return self.pipe.recv()

    def waits(self):
        """Say so; an error if it has gone on by itself."""
        if self.pipe.poll():
            raise RuntimeError(f"this should have waited: {self.pipe.recv()}")
        return "waits"


def new(implementation):
    """A shared zero behind a Gate."""
    shared, locks = IMPLEMENTATIONS[implementation]
    memory = shared.RawValue("i", 0)
    return shared.synchronized(memory, Gate(locks.RLock(), memory))


def row(who, text, other, v):
    """One moment: what *who* did, and what the other did meanwhile."""
    value = str(v.get_obj().value)
    if text.startswith("writes"):
        value = f"**{value}**"
    return (text, value, other) if who == "A" else (other, value, text)


def run_forced(implementation, order):
    """(rows, result): two processes run `bare`, their accesses in *order*."""
    v = new(implementation)
    with ExitStack() as stack:
        actors = {who: stack.enter_context(Actor(bare, v)) for who in "AB"}
        rows = [row(who, actors[who].step(), "", v) for who in order]
    return rows, v.get_obj().value


def run_held(implementation):
    """(rows, result): two processes run `guarded`; B asks while A has the lock."""
    v = new(implementation)
    with Actor(guarded, v) as a, Actor(guarded, v) as b:
        rows = [row("A", a.step(), "", v), row("B", b.step(), "", v)]
        rows += [row("A", a.step(), b.waits(), v) for _ in ("read", "write")]
        rows.append(row("A", a.step(), b.report(), v))
        rows += [row("B", b.step(), "", v) for _ in ("read", "write", "release")]
    return rows, v.get_obj().value


def on_both(run, *args):
    """What *run* returns, which is the same under both implementations."""
    ours, theirs = run("minimp", *args), run("CPython", *args)
    if ours != theirs:
        raise RuntimeError(f"minimp: {ours}; CPython: {theirs}")
    return ours


def forced() -> Table:
    """Two processes add one; both read before either writes."""
    rows, result = on_both(run_forced, "ABAB")
    return Table(f"Two updates, and the answer is `{result}`", HEADER, rows)


def held() -> Table:
    """The same with the lock held around each update."""
    rows, result = on_both(run_held)
    return Table(f"With the lock held, the answer is `{result}`", HEADER, rows)


# --- all orders


def schedules(steps):
    """Yield each order in which processes can take their *steps*, a Counter of
    process -> number of steps; each order is a tuple of processes."""
    if not steps.total():
        yield ()
    for who in +steps:
        for rest in schedules(steps - Counter([who])):
            yield who, *rest


def result(schedule):
    """What a counter holds in the end, when each process reads, writes read + 1,
    reads, ... in the order of *schedule*."""
    counter, hands = 0, {}
    for who in schedule:
        if who in hands:
            counter = hands.pop(who) + 1
        else:
            hands[who] = counter
    return counter


def count(processes, updates):
    """(schedules, those that lose, smallest result), read and write being apart."""
    results = Counter(
        result(order)
        for order in schedules(Counter(dict.fromkeys(range(processes), 2 * updates)))
    )
    good = results[processes * updates]
    return results.total(), results.total() - good, min(results)


def count_held(processes, updates):
    """(schedules, those that lose) where each update is one piece."""
    held = schedules(Counter(dict.fromkeys(range(processes), updates)))
    results = [
        result(who for who in order for _ in ("read", "write")) for order in held
    ]
    return len(results), sum(r < processes * updates for r in results)


def orders() -> int:
    """How many schedules there are for two processes and one update each."""
    return count(2, 1)[0]


def losing() -> int:
    """In how many of them an update is lost."""
    return count(2, 1)[1]


def table() -> str:
    """Counts for a few sizes, as Markdown."""
    lines = [
        "| size | lose an update | least | with the lock |",
        "|---|--:|--:|--:|",
    ]
    for size in SIZES:
        everything, lose, least = count(*size)
        held, lose_held = count_held(*size)
        lines.append(
            f"| {size[0]} × {size[1]} | {lose:,} of {everything:,} | {least}"
            f" | {lose_held} of {held} |"
        )
    return "\n".join(lines)


def digits(processes: int, steps: int) -> int:
    """How many digits the number of schedules has."""
    log = math.lgamma(processes * steps + 1) - processes * math.lgamma(steps + 1)
    return int(log / math.log(10)) + 1


def digits_of_all() -> str:
    """The same for the 5 × 1,000 updates of the program."""
    return f"{digits(5, 2000):,}"


def digits_of_good() -> str:
    """And for those of them that lose nothing."""
    return f"{digits(5, 1000):,}"
