"""One Value from its first byte to its last: a parent and a child, call by call.

A profile function watches it: each row is a call of minimp that returned, or a line
of the program, with the shared bytes as they were at that moment. Prints JSON: where
the number lies, and the rows (see `values_life.lived`).
"""

import ctypes
import json
import os
import sys
import weakref
from pathlib import Path

from minimp import Value, heap, semlock, sharedctypes

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


def main(mp):
    heap.BufferWrapper._heap = heap.Heap()  # as if nobody had used it
    watch = Watch(os.getpid())
    sys.setprofile(watch.look)
    v = Value("i", 7)
    ours, theirs = mp.Pipe(duplex=False)
    process = mp.Process(target=be_child, args=(watch, v, theirs))
    watch.row(START[mp.get_start_method()])
    process.start()
    watch.rows += ours.recv()
    process.join()
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
