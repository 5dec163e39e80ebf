"""What it costs to make a large array: measured, on both, while the site is built."""

import ctypes
import multiprocessing.sharedctypes
import os
import time

import minimp.sharedctypes

SIDES = {"CPython": multiprocessing.sharedctypes, "minimp": minimp.sharedctypes}
SIZE = 100_000_000  # bytes
COUNT = 100_000  # numbers
ROUNDS = 3


def large_array() -> str:
    """Markdown: a RawArray of zeros; the time, the memory, and the first writes."""
    lines = ["| | create it | in memory then | write each byte |"]
    lines.append("|:--|--:|--:|--:|")
    for side, module in SIDES.items():
        rounds = [make_and_write(module) for _ in range(ROUNDS)]
        make, used, write = map(min, zip(*rounds, strict=True))
        lines.append(f"| {side} | {ms(make)} | {used / 1e6:.0f} MB | {ms(write)} |")
    return "\n".join(lines)


def make_and_write(module):
    """(seconds to make it, bytes it has in memory then, seconds to fill it)"""
    began = time.perf_counter()
    raw = module.RawArray("b", SIZE)
    made = time.perf_counter()
    arena = raw._wrapper._state[0][0]
    used = os.fstat(arena.fd).st_blocks * 512  # the unit of st_blocks
    resumed = time.perf_counter()
    ctypes.memset(raw, 1, SIZE)
    return made - began, used, time.perf_counter() - resumed


def from_list() -> str:
    """Markdown: a RawArray from a list of numbers; the time on both sides."""
    lists = {
        f'`RawArray("i", numbers)`, {COUNT:,} int': ("i", list(range(COUNT))),
        f'`RawArray("d", numbers)`, {COUNT:,} float': (
            "d",
            [n / 3 for n in range(COUNT)],
        ),
    }
    lines = ["| | CPython | minimp |", "|:--|--:|--:|"]
    for label, arguments in lists.items():
        times = [
            min(seconds(module.RawArray, *arguments) for _ in range(ROUNDS))
            for module in SIDES.values()
        ]
        lines.append(f"| {label} | {ms(times[0])} | {ms(times[1])} |")
    return "\n".join(lines)


def seconds(function, *arguments):
    began = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - began


def ms(seconds):
    """In milliseconds, to two digits: '0.21 ms', '98 ms', '120 ms'."""
    return f"{float(f'{seconds * 1e3:.2g}'):g} ms"
