"""One Value from its first byte to its last: a parent and a child, call by call.

A fresh interpreter lives the life, so that no other figure's blocks are in the heap.
A profile function watches it: each row is a call of minimp that returned, or a line
of the program, with the shared bytes as they were at that moment.
"""

import ctypes
import functools
import importlib
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from minimp import Value, heap, semlock, sharedctypes

from ..lanes import Table

TIMEOUT = 60  # seconds for one life
DOCS = Path(__file__).resolve().parents[2]
VERSION = f"CPython {platform.python_version()}"
START = {
    "fork": "`child.start()` &nbsp;forks",
    "spawn": "`child.start()` &nbsp;pickles what the child needs:",
}


TOLD = {}  # (event, code) -> what puts it into words


def tells(function, event="return"):
    """Let the decorated function put into words that *function* returns."""

    def note(tell):
        TOLD[event, function.__code__] = tell
        return tell

    return note


class Watch:
    """Remembers (who, text, shared bytes in hex) for each moment of a life."""

    def __init__(self, parent, home=None, span=None):
        self.parent = parent  # the process id
        self.home = home  # where the parent has the arena: an address
        self.span = span  # where the arena has the number: start, stop
        self.arena = lambda: None  # weak, for what is watched has to die
        self.rows = []

    def __reduce__(self):
        return watch_spawned, (self.parent, self.home, self.span)

    def look(self, frame, event, result):
        """Be the profile function."""
        tell = TOLD.get((event, frame.f_code))
        if tell:
            self.row(tell(self, frame.f_locals, result))

    def row(self, text):
        who = "parent" if os.getpid() == self.parent else "child"
        arena = self.arena()
        known = arena is not None and self.span is not None
        shared = arena.buffer[slice(*self.span)].hex(" ") if known else ""
        self.rows.append((who, text, shared))

    def place(self, address):
        """*address* as 'A+8': the parent's arena starts at A, another one at B."""
        start = self.arena().address
        return f"`{'A' if start == self.home else 'B'}+{address - start}`"


def watch_spawned(*state):
    """Begin to watch in a spawned child, before the Value beside it is rebuilt."""
    watch = Watch(*state)
    sys.setprofile(watch.look)
    return watch


@tells(heap.Arena.__init__)
def arena_made(watch, seen, _):
    arena = seen["self"]
    watch.arena = weakref.ref(arena)
    did = "maps the arena" if watch.home else f"makes an arena of {arena.size} bytes"
    watch.home = watch.home or arena.address
    return f"{did}: descriptor {arena.fd}, at {watch.place(arena.address)}"


@tells(heap.Heap.malloc)
def block_made(watch, seen, block):
    _, start, stop = block
    watch.span = watch.span or (start, start + ctypes.sizeof(ctypes.c_int))
    return f"`malloc` &nbsp;hands out bytes {start} to {stop - 1}"


@tells(heap.Heap.free, "call")
def block_given_back(watch, seen, _):
    _, start, stop = seen["block"]
    state = "free" if seen["reuse"] else "retired"
    return f"`free` &nbsp;bytes {start} to {stop - 1} are {state}"


@tells(sharedctypes.rebuild_ctype)
def view_made(watch, seen, obj):
    address = watch.place(ctypes.addressof(obj))
    return f"a `{type(obj).__name__}` looks at {address}"


@tells(semlock.rebuild)
def lock_made(watch, seen, lock):
    return f"a `SemLock` looks at {watch.place(lock.handle)}"


@tells(heap.BufferWrapper.__getstate__)
def block_pickled(watch, seen, state):
    (_, start, stop), _ = state
    return f"a block: the arena, {start}, {stop}"


@tells(heap.reduce_arena)
def arena_pickled(watch, seen, _):
    return f"the arena: {seen['a'].size} bytes, descriptor {seen['a'].fd}"


def says(text):
    """Tell *text*, with the names of what was seen filled in."""
    return lambda watch, seen, _: text.format(**seen)


tells(sharedctypes.RawValue)(says("`__init__({args[0]})` &nbsp;writes the number"))
tells(semlock.new_semaphore)(says("`sem_init` &nbsp;sets its counter to {value}"))
tells(sharedctypes.synchronized)(says("a `Synchronized` holds both"))
tells(heap._before_fork)(says("notes that a child may hold its blocks now"))
tells(heap._new_heap_after_fork)(says("takes a new heap, for blocks of its own"))
tells(sharedctypes.reduce_ctype)(says("a `c_int` in a block"))
tells(heap.Heap._discard_arena)(says("nothing else is in the arena: it goes"))


def be_child(watch, v, pipe):
    """The child's part of the life; what was seen goes through *pipe*."""
    address = watch.place(ctypes.addressof(v.get_obj()))
    watch.row(f"`v.value` &nbsp;reads **{v.value}**, at {address}")
    v.value = 8
    watch.row("`v.value = 8`")
    watch.row("ends")
    pipe.send([row for row in watch.rows if row[0] == "child"])


def live(method):
    """The whole life; prints what was seen as JSON."""
    context = multiprocessing.get_context(method)
    heap.BufferWrapper._heap = heap.Heap()  # as if nobody had used it
    watch = Watch(os.getpid())
    sys.setprofile(watch.look)
    v = Value("i", 7)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=be_child, args=(watch, v, theirs))
    watch.row(START[method])
    process.start()
    watch.rows += ours.recv()
    process.join(TIMEOUT)
    watch.row(f"`child.join()`, &nbsp;`v.value` &nbsp;reads **{v.value}**")
    watch.row("`del v`")
    del v
    sys.setprofile(None)
    watch.row(f"descriptors of arenas left: {descriptors()}")
    print(json.dumps([watch.span, watch.rows]))


def descriptors():
    """How many descriptors of this process are an arena's."""
    links = filter(Path.is_symlink, Path("/proc/self/fd").iterdir())
    return sum("memfd:minimp" in os.readlink(link) for link in links)


def run(call):
    """Do *call*, such as 'figure.live()', in a fresh interpreter."""
    code = f"from _ext.figures import values_life as figure; {call}"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": f"{DOCS.parent}{os.pathsep}{DOCS}"},
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=True,
    )


@functools.cache
def lived(method):
    """The life under *method*, once: the number's place and the rows."""
    return json.loads(run(f"figure.live({method!r})").stdout)


def unbroken(text):
    """*text* that may be broken into lines in its middle only: '07 00', '00 00'."""
    half = len(text) // 2
    return "".join(
        "\N{NO-BREAK SPACE}" if letter == " " and i != half else letter
        for i, letter in enumerate(text)
    )


def lanes(method, caption, first="", last=""):
    """The rows from the one that begins with *first* to the one with *last*."""
    (start, stop), rows = lived(method)
    begins = [text.startswith(first) for _, text, _ in rows].index(True)
    ends = [text.startswith(last or rows[-1][1]) for _, text, _ in rows].index(True)
    found, before = [], ""
    for who, text, shared in rows[begins : ends + 1]:
        shown = f"`{unbroken(shared)}`" if shared else ""
        changed = before and shared and shared != before
        shown = f"**{shown}**" if changed else shown
        found.append((text, shown, "") if who == "parent" else ("", shown, text))
        before = shared
    return Table(caption, ("Parent", f"bytes {start} to {stop - 1}", "Child"), found)


def forked():
    """From the first byte to the last, the child being forked."""
    return lanes("fork", "A Value's life; the child is forked")


def spawned():
    """The middle of the same life, the child being spawned."""
    caption = "The same Value on its way to a child that is spawned"
    return lanes("spawn", caption, START["spawn"], "ends")


def drop(module, method):
    """Let a child use a Value that the parent has dropped; the child prints it."""
    mp = importlib.import_module(module)
    mp.set_start_method(method)
    may_look = mp.Event()
    child = mp.Process(target=look, args=(mp.Value("i", 7), may_look))
    child.start()
    other = mp.Value("i", 9)
    may_look.set()
    child.join(TIMEOUT)
    del other


def look(v, may_look):
    if may_look.wait(TIMEOUT):
        print(v.value)


def dropped():
    """What such a child finds, as a table; where it fails, the last line it wrote."""
    methods = "fork", "spawn"
    lines = ["| the child prints | " + " | ".join(methods) + " |", "|:--|:--|:--|"]
    with ThreadPoolExecutor(len(methods)) as pool:
        for name, module in (VERSION, "multiprocessing"), ("minimp", "minimp"):
            calls = [f"figure.drop({module!r}, {method!r})" for method in methods]
            said = [
                (r.stdout or r.stderr).splitlines()[-1] for r in pool.map(run, calls)
            ]
            cells = " | ".join(f"`{line}`" for line in said)
            lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)
