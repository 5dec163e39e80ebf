"""How the cost of an operation grows: with bytes, numbers, blocks, clients.

A Curve is a family of operations, one for each point. They are measured as any other,
with all sides taking turns, but in few rounds: a curve shows a shape.
"""

import array
import contextlib
import ctypes
from collections.abc import Callable
from typing import NamedTuple

from compare.bench.operations import (
    ALL_AT_ONCE,
    CALLS,
    CATCH,
    SERVERS,
    SHARED,
    Operation,
    Work,
    clients_of,
    ping_pong,
)

ROUNDS = 7


class Curve(NamedTuple):
    """A cost, and what it grows with.

    `works(n)` returns (the Work, that of the limit or None) for a point; `unit` says
    what n counts.
    """

    name: str
    title: str
    unit: str
    points: tuple
    works: Callable
    place: str = "pinned"
    peers: tuple = SHARED

    def at(self, number):
        """Return the Operation of a point."""
        work, limit = self.works(number)
        name = f"{self.name}:{number}"
        return Operation(name, work, limit, (self.place,), self.peers)

    @property
    def operations(self):
        """The Operation of each point."""
        return [self.at(number) for number in self.points]


def named(name):
    """Return the Curve of that name; LookupError names what there is."""
    for curve in CURVES:
        if curve.name == name:
            return curve
    known = ", ".join(curve.name for curve in CURVES)
    raise LookupError(f"no curve {name!r}; known: {known}")


def _bytes(n):
    @contextlib.contextmanager
    def using(mp):
        yield {"RawArray": mp.RawArray}

    return Work(f"RawArray: {n:,} bytes", f"RawArray('b', {n})", using), None


def _numbers(n):
    @contextlib.contextmanager
    def using(mp):
        yield {"RawArray": mp.RawArray, "array": array.array, "numbers": [*range(n)]}

    work = Work(f"RawArray: list of {n:,}", "RawArray('i', numbers)", using)
    return work, Work("bare array.array", "array('i', numbers)", using)


def _slice(n):
    @contextlib.contextmanager
    def using(mp):
        yield {"a": mp.Array("i", n)}

    @contextlib.contextmanager
    def bare(mp):
        yield {"a": (ctypes.c_int * n)()}

    work = Work(f"Array: slice of {n:,}", "a[:]", using)
    return work, Work("bare ctypes array", "a[:]", bare)


def _blocks(n):
    @contextlib.contextmanager
    def using(mp):
        # Every second one goes: what is free then lies between what is not.
        values = [mp.Value("i", 0) for _ in range(2 * n)]
        del values[::2]
        yield {"Value": mp.Value, "values": values}

    return Work(f"Value: create beside {n:,}", "Value('i', 0)", using), None


def _payload(n):
    @contextlib.contextmanager
    def using(mp):
        with mp.Manager() as manager:
            yield {"shared": manager.Value("O", None), "data": bytes(n)}

    work = Work(f"proxy: send {n:,} bytes", "shared.value = data", using)
    limit = ping_pong(n, back=min(n, 60))
    return work, Work("the bytes there, up to 60 back", CATCH, limit)


def _clients(n):
    title = f"{n} clients at once, {CALLS} calls each"
    return Work(title, ALL_AT_ONCE, clients_of(n)), None


CURVES = [
    Curve(
        "bytes",
        "RawArray of n bytes, no values given",
        "bytes",
        (100, 10_000, 1_000_000, 10_000_000, 100_000_000),
        _bytes,
    ),
    Curve(
        "numbers",
        "RawArray from a list of n numbers",
        "numbers",
        (10, 100, 1_000, 10_000, 100_000, 1_000_000),
        _numbers,
    ),
    Curve(
        "slice",
        "Slice of all n numbers of an Array",
        "numbers",
        (10, 100, 1_000, 10_000, 100_000, 1_000_000),
        _slice,
    ),
    Curve(
        "blocks",
        "Value created beside n living ones",
        "living values",
        (1, 10, 100, 1_000, 3_000),
        _blocks,
    ),
    Curve(
        "payload",
        "Call that sends n bytes",
        "bytes",
        (10, 1_000, 10_000, 100_000, 1_000_000, 10_000_000),
        _payload,
        peers=SERVERS,
    ),
    Curve(
        "crowd",
        f"n clients at once, {CALLS} calls each",
        "clients",
        (1, 2, 4, 8, 16),
        _clients,
        "free",
        SERVERS,
    ),
]
