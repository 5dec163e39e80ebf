"""What one manager cannot do more of, measured."""

import os

from . import programs

IMPLS = ("cpython", "minimp")


def calls() -> str:
    """Calls a second by the number of clients, all told, as Markdown."""
    columns = [
        [line.split() for line in programs.alone("one_server", impl).splitlines()]
        for impl in IMPLS
    ]
    lines = ["| clients | CPython | minimp |", "|--:|--:|--:|"]
    for rows in zip(*columns, strict=True):
        cells = " | ".join(f"{float(per_second):,.0f}" for _, per_second in rows)
        lines.append(f"| {rows[0][0]} | {cells} |")
    return "\n".join(lines)


def cores() -> str:
    """How many cores this machine lets us use."""
    count = len(os.sched_getaffinity(0))
    return "1 core" if count == 1 else f"{count} cores"
