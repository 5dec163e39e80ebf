"""What the wrapper of a Value does: who takes the lock, where an error happens."""

import ctypes
import traceback

import minimp
from minimp.sharedctypes import Synchronized, SynchronizedBase, make_property

from . import programs
from .costs import ratios, rounded
from .lost_update import IMPLEMENTATIONS, on_both

NUMBERS = 1000  # in the array


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]


class CountingLock:
    """Counts how often it is taken; there is nobody to keep out."""

    def __init__(self):
        self.taken = 0

    def acquire(self):
        self.taken += 1
        return True

    def release(self):
        pass

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()


MAKERS = {
    "v": lambda shared: shared.RawValue("i", 7),
    "p": lambda shared: shared.RawValue(Point, 1, 2),
    "a": lambda shared: shared.RawArray("i", NUMBERS),
    "s": lambda shared: shared.RawArray("c", b"text"),
}
STATEMENTS = (
    "v.value",
    "v.value += 1",
    "with v: v.value += 1",
    "v.get_obj().value += 1",
    "repr(v)",
    "p.x += 1",
    "len(a)",
    "a[5]",
    "a[5] += 1",
    "a[:]",
    "list(a)",
    "sum(a)",
    "sum(a[:])",
    "s.value",
    "s.raw",
)


def run_takings(implementation):
    """How often each statement takes the lock."""
    shared, _ = IMPLEMENTATIONS[implementation]
    counts = []
    for statement in STATEMENTS:
        lock = CountingLock()
        things = {
            name: shared.synchronized(make(shared), lock)
            for name, make in MAKERS.items()
        }
        exec(statement, things)
        counts.append(lock.taken)
    return counts


def takings() -> str:
    """The same as Markdown, two statements a row."""
    cells = [
        f"`{statement}` | {taken:,}"
        for statement, taken in zip(STATEMENTS, on_both(run_takings), strict=True)
    ]
    half = (len(cells) + 1) // 2
    cells += [" | "] * (2 * half - len(cells))
    lines = ["| statement | lock taken | statement | lock taken |", "|---|--:|---|--:|"]
    lines += [f"| {a} | {b} |" for a, b in zip(cells[:half], cells[half:], strict=True)]
    return "\n".join(lines)


def traceback_of(implementation) -> str:
    """What `v.value = "one"` prints, without what stands above the accessor."""
    shared, locks = IMPLEMENTATIONS[implementation]
    v = shared.synchronized(shared.RawValue("i", 0), locks.RLock())
    try:
        v.value = "one"
    except TypeError as error:
        error.__traceback__ = error.__traceback__.tb_next
        text = "".join(traceback.format_exception(error))
        home = minimp.__path__[0].removesuffix("minimp")
        return text.replace(home, ".../").rstrip()
    raise RuntimeError(f"{implementation} takes a text for a number")


def tracebacks() -> str:
    """Both, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n```text\n{traceback_of(name)}\n```"
        for name in IMPLEMENTATIONS
    )


@programs.ahead
def managed() -> str:
    """What a manager's Value answers, as Markdown."""
    shown = [
        f"Under {name}:\n\n{programs.block(programs.printed('managed_value', impl))}"
        for impl, name in (("cpython", "CPython"), ("minimp", "minimp"))
    ]
    return "\n\n".join(shown)


def accessors() -> dict:
    """Way to make the property -> wrapper class that has it."""
    shared, _ = IMPLEMENTATIONS["CPython"]
    properties = {
        "source text and `exec`": shared.make_property("value"),
        "closure with `getattr`": make_property("value"),
        "written out": Synchronized.value,
    }
    return {
        way: type("Timed", (SynchronizedBase,), {"v": value})
        for way, value in properties.items()
    }


def closures_per_exec() -> str:
    """How many closures take as long as one property from source text."""
    shared, _ = IMPLEMENTATIONS["CPython"]
    names = {"theirs": shared.make_property, "ours": make_property}
    names["cache"] = shared.prop_cache
    statements = ["theirs('minimp'); del cache['minimp']", "ours('minimp')"]
    return rounded(ratios(statements, names, reference=1, number=5)[0])


def speed() -> str:
    """What reading through each costs, the written-out one being 1; as Markdown."""
    ways = accessors()
    names = {f"w{i}": cls(minimp.RawValue("i")) for i, cls in enumerate(ways.values())}
    found = ratios([f"{name}.v" for name in names], names, reference=2)
    lines = ["| the property is | reading takes |", "|---|--:|"]
    lines += [
        f"| {way} | {ratio:.2f} |" for way, ratio in zip(ways, found, strict=True)
    ]
    return "\n".join(lines)
