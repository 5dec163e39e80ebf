"""Who moves an object through a queue, and what can go where: from real runs.

The director of `through_a_queue` is the thread that builds the page. It puts, and
another thread of the same process, minimp's feeder, pickles: each object waits there
for leave (see `Item`). The reader is a process of its own, whose locks wait for leave
(see `players`).
"""

import array
import fcntl
import termios
import threading
import time

from compare import probe
from compare.markup import table
from minimp import Queue
from minimp.synchronize import SEM_VALUE_MAX

from ..lanes import Table
from . import programs
from .players import TIMEOUT, Player, Stepped, until_asleep

PLACES = 2
HEADER = ("Writer's main thread", "free", "buffer", "pipe", "Feeder and reader")


class Item:
    """An object that is pickled in two steps; it is unpickled as its name."""

    def __init__(self, name):
        self.name = name
        self.begun = threading.Event()
        self.leave = threading.Event()

    def __reduce__(self):
        self.begun.set()
        waited_for(self.leave)
        return str, (self.name,)


def waited_for(event):
    if not event.wait(TIMEOUT):
        raise RuntimeError("a figure's thread does not go on")


def until(condition):
    """Wait until *condition* returns true."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("a figure's queue does not do what it should")
        time.sleep(0.001)


def waiting(connection):
    """How many bytes wait to be read from *connection*."""
    found = array.array("i", [0])
    fcntl.ioctl(connection.fileno(), termios.FIONREAD, found)
    return found[0]


def read(pipe, queue):
    """The script of the reader; at last it tells what `get` returned."""
    for name in ("_rlock", "_sem"):
        setattr(queue, name, Stepped(name, getattr(queue, name), pipe))
    pipe.send(queue.get())


class Moments:
    """The rows of the figure; places, items and bytes that changed are bold."""

    def __init__(self, queue):
        self.queue = queue
        self.last = self.look()
        self.rows = []

    def look(self):
        queue = self.queue
        free = queue._sem.get_value()
        return free, len(queue._buffer), waiting(queue._reader)

    def add(self, left="", right=""):
        values = self.look()
        pairs = zip(values, self.last, strict=True)
        shown = (f"{new}" if new == old else f"**{new}**" for new, old in pairs)
        self.rows.append((left, *shown, right))
        self.last = values


def through_a_queue() -> Table:
    """Three objects are put into a queue with two places; one is received."""
    queue = Queue(PLACES)
    moments = Moments(queue)
    a, b, c = map(Item, "abc")
    with Player(read, queue) as reader:
        reader.do("_rlock.acquire")
        moments.add(
            "", "**Reader**: `get()` takes the readers' lock, waits at the pipe"
        )
        queue.put(a)
        waited_for(a.begun)
        moments.add(
            "`put(a)` takes a place, appends to the buffer, returns",
            "**Feeder**: starts, takes `a`, pickles it",
        )
        queue.put(b)
        moments.add(
            f"`put(b)` returns; `empty()` is `{queue.empty()}`,"
            f" `qsize()` is {queue.qsize()}"
        )
        third = threading.Thread(target=queue.put, args=(c,), daemon=True)
        third.start()
        until_asleep(queue._sem)
        moments.add("`put(c)` finds no free place, and waits")
        reader.freeze()
        a.leave.set()
        until(queue._reader.poll)
        waited_for(b.begun)
        moments.add("", "**Feeder**: writes `a`; takes `b`, pickles it")
        reader.thaw()
        reader.start("_rlock.release")
        reader.hear()
        moments.add("", "**Reader**: reads, gives the readers' lock back")
        reader.start("_sem.release")
        reader.hear()
        third.join(TIMEOUT)
        moments.add(
            "`put(c)` gets it, appends, returns", "**Reader**: adds a free place"
        )
        if (got := reader.hear()) != "a":
            raise RuntimeError(f"a figure's reader got {got!r}")
        moments.add("", "**Reader**: unpickles; `get()` returns `a`")
        for item in (b, c):
            item.leave.set()
        queue.close()
        queue.join_thread()
    return Table("Three objects, two places", HEADER, moments.rows)


def places() -> str:
    """How many places a queue has whose maxsize was not given."""
    return f"{SEM_VALUE_MAX:,}"


def room() -> str:
    """How many KiB the pipe of a queue holds for a reader that is not there yet."""
    queue = Queue()
    room = fcntl.fcntl(queue._writer.fileno(), fcntl.F_GETPIPE_SZ)
    return f"{room // 1024}"


# --- what can go where


def both(name, method="fork"):
    """What figures/*name*.py prints, which is the same under both, as rows."""
    theirs, ours = (programs.printed(name, impl, method) for impl in probe.MODULES)
    if theirs != ours:
        raise RuntimeError(f"CPython: {theirs}\nminimp: {ours}")
    return [tuple(line.split("\t")) for line in ours.splitlines()]


@programs.ahead
def refused() -> Table:
    """Who meets the error when a Queue is sent with a task."""
    header = ("Main thread", "`ready()`", "The pool's task handler")
    rows, last = [], "False"
    for main, ready, handler in both("refused"):
        shown = ready if ready == last else f"**{ready}**"
        rows.append((main, shown, handler))
        last = ready
    return Table("A `Queue`, on its way to a `Pool`", header, rows)


@programs.ahead
def travel() -> str:
    """What a child can be given, and what a message can carry, as a table."""
    rows = []
    for forked, spawned in zip(
        *(both("what_travels", method) for method in ("fork", "spawn")), strict=True
    ):
        name, start, *message = forked
        if spawned[0] != name or {*spawned[2:], *message} != {message[0]}:
            raise RuntimeError(f"a task is not like an item: {forked}, {spawned}")
        rows.append([name, *_shown([start, spawned[1], message[0]])])
    head = ["", "fork", "spawn", "task", "the error"]
    return table(head, "|:--|:--|:--|:--|:--|", rows)


def _shown(verdicts):
    """Cells: yes or no for each, and the error of those that say no."""
    errors = {verdict for verdict in verdicts if verdict != "yes"}
    if len(errors) > 1:
        raise RuntimeError(f"more than one error: {errors}")
    cells = [verdict if verdict == "yes" else "no" for verdict in verdicts]
    return [*cells, "".join(f"`{error}`" for error in errors)]
