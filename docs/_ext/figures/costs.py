"""What each way to count costs: ratios, since the times are those of the machine."""

import multiprocessing
import statistics
import timeit

from .lost_update import IMPLEMENTATIONS, TIMEOUT

ROUNDS, PER_ROUND = 301, 200
WAYS = {
    "`v.value += 1`, which may lose": "v.value += 1",
    "`with v.get_lock(): v.value += 1`": "with v.get_lock(): v.value += 1",
    "`acquire`, `try`, `finally`, `release`": (
        "v.acquire()\ntry: v.value += 1\nfinally: v.release()"
    ),
    "`with v.get_lock(): o.value += 1`, `o` being `v.get_obj()`": (
        "with v.get_lock(): o.value += 1"
    ),
    "`o.value += 1`, no lock at all": "o.value += 1",
    "`n += 1`, a variable of one's own": "n += 1",
}


def ratios(statements, names, reference=0, number=PER_ROUND):
    """How long each statement takes, that at *reference* being 1.

    All take their turn in each round, and the median over the rounds counts: so what
    else the machine does meanwhile falls on all of them.
    """
    timers = [timeit.Timer(text, setup="n = 0", globals=names) for text in statements]
    rounds = []
    for _ in range(ROUNDS):
        times = [timer.timeit(number) for timer in timers]
        rounds.append([seconds / times[reference] for seconds in times])
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def values():
    """Implementation -> a Value."""
    return {
        name: shared.synchronized(shared.RawValue("i", 0), locks.RLock())
        for name, (shared, locks) in IMPLEMENTATIONS.items()
    }


def ways() -> str:
    """The time of each way, that of `v.value += 1` being 1, as Markdown."""
    columns = []
    for v in values().values():
        found = ratios(list(WAYS.values()), {"v": v, "o": v.get_obj()})
        columns.append([f"{ratio:.2g}" for ratio in found])
    lines = [f"| way | {' | '.join(IMPLEMENTATIONS)} |", "|---|--:|--:|"]
    for way, *cells in zip(WAYS, *columns, strict=True):
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def nothing():
    pass


def time_of_start() -> float:
    """The seconds that it takes to start a process by fork."""
    process = multiprocessing.get_context("fork").Process(target=nothing)
    seconds = timeit.timeit(process.start, number=1)
    process.join(TIMEOUT)
    process.close()
    return seconds


def updates_per_start() -> str:
    """How many updates take as long as it takes to start a process, rounded."""
    update = timeit.Timer("v.value += 1", globals={"v": values()["CPython"]})
    start = min(time_of_start() for _ in range(20))
    return rounded(start / min(update.repeat(20, 1000)) * 1000)


def rounded(number) -> str:
    """*number* with one digit that counts."""
    return f"{float(f'{number:.0e}'):,.0f}"
