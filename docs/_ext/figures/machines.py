"""A manager on another machine: what passes, what it costs, what is said."""

import ast
import re
from functools import cache

from compare import wire
from compare.probe import NAMES

from ..lanes import Table
from . import programs

PROGRAM = "two_mailboxes"
BOXES = ("for_ann", "for_bob")
REQUEST = re.compile(r"\(<(\w+) 1>, '(\w+)', (\(.*\)), \{\}\)")
ATTEMPTS = 20


# --- the conversation


@cache
def recorded(impl) -> wire.Conversation:
    """Record the program, with Bob the first to ask, as the page tells it."""
    for _ in range(ATTEMPTS):
        found = wire.record(PROGRAM, impl)
        if found.run.failure:
            raise RuntimeError(f"{PROGRAM}: {found.run.failure}\n{found.run.stderr}")
        if [one.client for one in found.messages if one.kind == "object"][0] == "Bob":
            return found
    raise RuntimeError(f"{PROGRAM}: Ann has asked first, {ATTEMPTS} times")


def conversation() -> Table:
    """What Ann and Bob do, and how many messages wait in each queue."""
    waiting = dict.fromkeys(BOXES, 0)
    rows, seen, asked = [], set(), {}
    for one in recorded("minimp").messages:
        before, does = [*waiting.values()], ""
        if one.kind == "handshake" and one.client not in seen:
            seen.add(one.client)
            does = "connects, and shows that it knows the key"
        elif one.kind == "object":
            does = _does(one, asked, waiting)
        elif one.about == "create" and one.asks:
            does = f"asks for `{ast.literal_eval(one.text)[2][0]}`"
        if does:
            rows.append(_row(one.client, does, waiting.values(), before))
    return Table("", ("Ann", *(f"`{box}`" for box in BOXES), "Bob"), rows)


def _does(one, asked, waiting):
    """What a request or a reply to a queue means; `waiting` is brought up to date."""
    if one.asks:
        box, method, args = asked[one.connection] = REQUEST.match(one.text).groups()
        waiting[box] += method == "put"
        return f"`{box}.{method}{args.replace(',)', ')')}`"
    box, method, _ = asked[one.connection]
    if method == "put":
        return ""
    waiting[box] -= 1
    return f"gets `{ast.literal_eval(one.text)[1]!r}`"


def _row(client, does, waiting, before):
    """The cells of a row; a number that has changed is bold."""
    counts = [
        f"**{count}**" if count != old else str(count)
        for count, old in zip(waiting, before, strict=True)
    ]
    return does if client == "Ann" else "", *counts, does if client == "Bob" else ""


@programs.ahead
def counts() -> str:
    """How many connections and frames the same talk takes, as Markdown."""
    lines = ["| the whole talk | CPython | minimp |", "|---|--:|--:|"]
    found = [recorded(impl).counts() for impl in NAMES]
    for what in ("connections", "frames", "requests to objects"):
        cells = " | ".join(f"{one[what]:,}" for one in found)
        lines.append(f"| {what} | {cells} |")
    return "\n".join(lines)


# --- what it costs


STEPS = (
    "`manager.connect()`",
    "`proxy = manager.for_ann()`",
    "`proxy.qsize()`",
    "`proxy.qsize()` again",
    "`del proxy`",
)


def delays() -> str:
    """Milliseconds that each step of a client takes on TCP, as Markdown."""
    columns = [_delays(impl) for impl in NAMES]
    lines = ["| | CPython | minimp |", "|---|--:|--:|"]
    for step, *seconds in zip(STEPS, *columns, strict=True):
        cells = " | ".join(f"{one * 1000:.2f} ms" for one in seconds)
        lines.append(f"| {step} | {cells} |")
    return "\n".join(lines)


@cache
def _delays(impl):
    """The least of each step's times: what else the machine does is left out."""
    rounds = programs.alone("tcp_delays", impl).splitlines()
    times = [[float(text) for text in line.split()] for line in rounds]
    return [min(column) for column in zip(*times, strict=True)]


# --- what is said


@programs.ahead
def restarted() -> str:
    """What a client meets when its server is ended and started again, as Markdown."""
    return _on_both("restarted")


@programs.ahead
def registered_lambda() -> str:
    """What the start of a manager says of a lambda, under spawn, as Markdown."""
    return _on_both("registered_lambda", "spawn")


def _on_both(name, method="fork"):
    said = {
        NAMES[impl]: "\n".join(programs.run(name, impl, method).lines) for impl in NAMES
    }
    if len(set(said.values())) == 1:
        return programs.block(said["minimp"])
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(text)}" for name, text in said.items()
    )
