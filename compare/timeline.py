"""Where the time of one proxy call goes: what its two processes do, and when.

`child` measures one implementation, in a process of its own that `parts` starts. It
makes the call as it is; then again with functions around pickling, `os.read` and
`os.write` that note when each begins and ends. The clock, CLOCK_MONOTONIC, is the same
in all processes. So the notes of client and manager make one path through both, on
which each nanosecond belongs to one part, and the parts add up to the call.
"""

import bisect
import collections
import contextlib
import gc
import importlib
import json
import multiprocessing
import multiprocessing.managers
import multiprocessing.reduction
import os
import re
import socket
import stat
import statistics
import sys
import time
import timeit
from time import perf_counter_ns as clock
from typing import NamedTuple

import minimp.connection
from compare import probe

PARTS = ("pickling", "system calls", "wake-ups", "unpickling", "Python")
KINDS = {"dumps": "pickling", "loads": "unpickling", "read": "system calls"}
WARM = 200  # calls before anything is timed
PAUSE = 0.001  # seconds between two calls of a client that has other work
PATIENCE = (0, 100_000)  # nanoseconds
SHAPE = re.compile("dumps write( read)+ loads( read)+ loads dumps write read")

PLACES = {
    "pinned": "both processes on one core",
    "apart": "each process on a core of its own",
    "free": "each process where the system puts it",
}

notes = []  # of this process, in the order in which they ended


def cores(place):
    """Return the cores that client and manager may use: two sets."""
    known = os.sched_getaffinity(0)
    one = {"pinned": max(known), "apart": min(known)}.get(place)
    return (known, known) if one is None else ({one}, {max(known)})


class Note(NamedTuple):
    """What was done, and from when to when: nanoseconds of the common clock."""

    kind: str
    start: int
    end: int


def timed(kind, function):
    """Return `function`, which then notes when it was called.

    There are two forms, since Python calls a function with `*args` more slowly.
    """
    note = notes.append

    def call_with_two(fd, what):
        start = clock()
        result = function(fd, what)
        note((kind, start, clock()))
        return result

    def call(argument):
        start = clock()
        result = function(argument)
        note((kind, start, clock()))
        return result

    return call_with_two if kind in ("read", "write") else call


def sized(kind, function):
    """Return `function`, which then notes the bytes asked for and those that passed."""

    def call(*args):
        result = function(*args)
        sizes = {"read": lambda: [args[1], len(result)], "write": lambda: [result] * 2}
        notes.append((kind, *sizes.get(kind, list)()))
        return result

    return call


def spinning(patience):
    """Return a wrapper for `wrapped`: reads look again and again before they block.

    They do so for `patience` nanoseconds, and then wait as always.
    """
    sockets = {}  # descriptor -> socket, for ever: to close one would close the other

    def wrap(kind, function):
        def read(fd, size):
            if fd not in sockets and stat.S_ISSOCK(os.fstat(fd).st_mode):
                sockets[fd] = socket.socket(fileno=fd)
            end = clock() + patience
            while fd in sockets and clock() < end:
                try:
                    return sockets[fd].recv(size, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    pass  # nothing there yet
                except OSError:
                    break  # the descriptor is that of a pipe now
            return function(fd, size)

        return read if kind == "read" else function

    return wrap


@contextlib.contextmanager
def wrapped(side, wrap):
    """Have what a call of that side is made of be `wrap(kind, function)`."""
    with contextlib.ExitStack() as undo:

        def put(owner, name, value):
            undo.callback(setattr, owner, name, vars(owner)[name])
            setattr(owner, name, value)

        def put_default(method, value):
            undo.callback(setattr, method, "__defaults__", method.__defaults__)
            method.__defaults__ = (value,)

        for kind in ("read", "write"):
            put(os, kind, wrap(kind, getattr(os, kind)))
        if side == "cpython":  # it has the functions as defaults of parameters
            pickler = multiprocessing.reduction.ForkingPickler
            connection = multiprocessing.connection.Connection
            put_default(connection._send, os.write)
            put_default(connection._recv, os.read)
        else:
            pickler = minimp.connection
        for kind in ("dumps", "loads"):
            function = wrap(kind, getattr(pickler, kind))
            put(pickler, kind, function if side == "minimp" else staticmethod(function))
        yield


class Case(NamedTuple):
    """What is measured: the side, the cores of the manager, and how many calls."""

    side: str
    cores: set
    calls: int


@contextlib.contextmanager
def _managed(case):
    """Give a manager's process, a proxy of its list, and one of its notes."""
    managers = importlib.import_module(f"{probe.MODULES[case.side]}.managers")

    class Manager(managers.SyncManager):
        pass

    Manager.register("notes", lambda: notes, proxytype=managers.ListProxy)
    manager = Manager()
    manager.start(os.sched_setaffinity, (0, case.cores))
    with manager:
        numbers, theirs = manager.list([1, 2, 3]), manager.notes()
        for _ in range(WARM):
            numbers[0]
        notes.clear()
        yield manager._process, numbers, theirs
    notes.clear()


def plainly(case, pause=0):
    """Make calls; return what one takes, and what processor time both processes spend.

    Both are in nanoseconds. Between two calls, the client sleeps `pause` seconds.
    """
    lengths = []
    with _managed(case) as (server, numbers, _):
        pids = [os.getpid(), server.pid]
        before = sum(map(_processor_time, pids))
        for _ in range(case.calls):
            start = clock()
            numbers[0]
            lengths.append(clock() - start)
            if pause:
                time.sleep(pause)
        spent = sum(map(_processor_time, pids)) - before
    return {"call": statistics.mean(middle(lengths)), "processor": spent / case.calls}


def _processor_time(pid):
    return time.clock_gettime_ns((~pid << 3) | 2)  # its clock_getcpuclockid()


def shape(case):
    """Return {"client": notes, "server": notes} of one call, as `sized` makes them."""
    with wrapped(case.side, sized), _managed(case) as (_, numbers, theirs):
        numbers[0]
        ours, noted = notes.copy(), theirs._getvalue()
    *_, before, last = [i for i, note in enumerate(noted) if note[0] == "write"]
    return {"client": ours, "server": noted[before + 1 : last + 1]}


def stamped(case, wrap=timed):
    """Make calls; return ([(start, end)], the client's notes, the server's)."""
    spans = []
    with wrapped(case.side, wrap), _managed(case) as (_, numbers, theirs):
        for _ in range(case.calls):
            start = clock()
            numbers[0]
            spans.append((start, clock()))
        ours, noted = notes.copy(), theirs._getvalue()
    return spans, list(map(Note._make, ours)), list(map(Note._make, noted))


def conversations(spans, ours, theirs):
    """Yield (start, end, client's notes, server's notes and its next read) by call.

    ValueError if a call is not: pickle, write; read, unpickle, pickle, write; read,
    unpickle. A read may be followed by others.
    """
    # A write may end late: whom it wakes may go on at once, on the same core.
    answers = [i for i, note in enumerate(theirs) if note.kind == "write"]
    skipped = bisect.bisect(answers, spans[0][0], key=lambda i: theirs[i].start)
    mine, other = 0, answers[skipped - 1] + 1 if skipped else 0
    for (start, end), answer in zip(spans, answers[skipped:], strict=False):
        stop = bisect.bisect(ours, end, mine, key=lambda note: note.end)
        client, server = ours[mine:stop], theirs[other : answer + 2]
        kinds = " ".join(note.kind for note in [*client, *server])
        if not SHAPE.fullmatch(kinds):
            raise ValueError(f"not what a call does: {kinds}")
        yield start, end, client, server
        mine, other = stop, answer + 1


def parts_of(conversation, alone, cost, one_core):
    """Return {part: nanoseconds} of one call.

    `alone` is what write and first read of both directions take where nobody waits;
    `cost` is what a note takes, in what it measures and outside.
    """
    start, end, client, (*server, later) = conversation
    ask, answer, first, got = client[1], server[-1], server[0], client[2]
    parts = collections.Counter(dict.fromkeys(PARTS, 0))
    for begin, inside, finish in [
        (start, client[:1], ask.start),
        (first.end, server[1:-1], answer.start),
        (got.end, client[3:], end),
    ]:
        parts["Python"] += finish - begin
        for note in inside:
            length = note.end - note.start
            parts["Python"] -= length + cost.outside
            parts[KINDS[note.kind]] += length - cost.inside
    for write, read, after in [(ask, first, got), (answer, got, later)]:
        left = 0  # on one core, for the writer until it waits, and so for the reader
        if one_core and write.end <= after.start < read.end:
            left = after.start - write.end
        parts["wake-ups"] += read.end - write.start - cost.inside - left
        parts["Python"] += left - cost.outside * (2 if left else 1)
    parts["system calls"] += alone
    parts["wake-ups"] -= alone
    return parts


class Cost(NamedTuple):
    """Nanoseconds that a note takes: in what it measures, and around that."""

    inside: float
    outside: float


def cost_of_a_note(case, once):
    """Return the Cost of a note: by how much a second one of all makes a call longer.

    `once` are calls with the first ones. How much of the cost is inside is measured on
    a function that does next to nothing.
    """
    twice = stamped(case, lambda kind, function: timed(kind, timed(kind, function)))
    number = (len(once[1]) + len(once[2])) / len(once[0])
    each = (_length(twice[0]) - _length(once[0])) / number
    call = timed("abs", abs)
    for _ in range(WARM):
        call(1)
    inside = statistics.median(end - start for _, start, end in notes)
    notes.clear()
    inside -= min(timeit.repeat("abs(1)", number=WARM)) / WARM * 1e9
    return Cost(inside, max(0, each - inside))


def _length(spans):
    return statistics.mean(middle([end - start for start, end in spans]))


def alone(shape):
    """Return the nanoseconds of the writes and first reads where nobody waits.

    One process makes them, on a pair of sockets that are both its own.
    """
    total = 0
    for writer, reader in [("client", "server"), ("server", "client")]:
        size = next(note[1] for note in shape[writer] if note[0] == "write")
        reads = [note[1] for note in shape[reader] if note[0] == "read"]
        total += _write_and_read(bytes(size), *reads)
    return total


def _write_and_read(message, first, *others):
    a, b = socket.socketpair()
    lengths = []
    with a, b:
        out, into = a.fileno(), b.fileno()
        for _ in range(WARM):
            start = clock()
            os.write(out, message)
            os.read(into, first)
            lengths.append(clock() - start)
            for size in others:
                os.read(into, size)
    return statistics.mean(middle(lengths))


def middle(values, key=None):
    """Return the middle half of some values, in their order."""
    values = sorted(values, key=key)
    quarter = (len(values) + 1) // 4
    return values[quarter : len(values) - quarter]


def child():
    """Measure the side and place in sys.argv; print what was found, as JSON."""
    side, place, calls = sys.argv[1:]
    gc.disable()  # here and in the manager: its runs are no part of a call
    multiprocessing.set_start_method("fork")
    mine, other = cores(place)
    os.sched_setaffinity(0, {max(other)})  # on one core, times vary least
    case = Case(side, {max(other)}, int(calls))
    told = stamped(case)
    cost = cost_of_a_note(case, told)
    os.sched_setaffinity(0, mine)
    case = case._replace(cores=other)
    found = {"shape": shape(case), "call": plainly(case)["call"]}
    told = told if place == "pinned" else stamped(case)
    found["parts"] = _parts(told, alone(found["shape"]), cost, place == "pinned")
    found["patience"] = {each: _patiently(case, each) for each in PATIENCE}
    print(json.dumps(found))


def _parts(told, alone, cost, one_core):
    """Return {part: nanoseconds}, the mean over the middle half of what was noted."""
    calls = middle(conversations(*told), lambda call: call[1] - call[0])
    found = [parts_of(call, alone, cost, one_core) for call in calls]
    return {part: statistics.mean(each[part] for each in found) for part in PARTS}


def _patiently(case, patience):
    """Return what calls take if reads look for `patience` nanoseconds before they wait.

    Of a client that makes one after the other, and of one that pauses in between.
    """
    rarely = case._replace(calls=case.calls // 10)
    with wrapped(case.side, spinning(patience)):
        return {"busy": plainly(case), "pausing": plainly(rarely, PAUSE)}
