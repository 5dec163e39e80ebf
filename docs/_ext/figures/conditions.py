"""A condition's three counters, and a barrier's two, at each moment of a real round.

The schedules are forced (see `players`): each row is one step of minimp's own code in
a process of its own, and the counters are read from shared memory after it.
"""

from minimp import Barrier, Condition

from ..lanes import Table
from .players import Player, Stepped, step, until_asleep

SOON = 0.05  # seconds, until a sleeper's time runs out
COUNTERS = {
    "sleeping": "_sleeping_count",
    "woken": "_woken_count",
    "wait": "_wait_semaphore",
}
HEADER = ("Sleepers A and B", *(f"`{name}`" for name in COUNTERS), "Notifier N")


def watch(condition, pipe):
    """Have each step that *condition* takes in this process ask for leave."""
    for name, attribute in {"lock": "_lock", **COUNTERS}.items():
        real = getattr(condition, attribute)
        setattr(condition, attribute, Stepped(name, real, pipe))
    condition._make_methods()


def sleep(pipe, condition, timeout):
    """The script of a sleeper; at last it tells what `wait` returned."""
    watch(condition, pipe)
    condition.acquire()
    result = condition.wait(timeout)
    condition.release()
    pipe.send(result)


def notify(pipe, condition, times):
    """The script of the notifier."""
    watch(condition, pipe)
    for _ in range(times):
        condition.acquire()
        condition.notify()
        condition.release()


class Rows:
    """The rows of a figure: who did what, and the counters after it."""

    def __init__(self, read):
        self.read = read  # returns the counters
        self.last = read()
        self.rows = []

    def add(self, left="", right=""):
        """Write down a moment; counters that changed are bold."""
        values = self.read()
        pairs = zip(values, self.last, strict=True)
        shown = (f"{new}" if new == old else f"**{new}**" for new, old in pairs)
        self.rows.append((left, *shown, right))
        self.last = values


def counters(condition):
    """A function that reads the three counters of *condition*."""

    def read():
        return [getattr(condition, name).get_value() for name in COUNTERS.values()]

    return read


ANNOUNCE = ("lock.acquire", "sleeping.release")
LOOK = ("lock.acquire", "wait.acquire", "woken.acquire")


def fall_asleep(player, condition, number):
    """Give the lock back and sleep, as the *number*th."""
    player.do("lock.release")
    player.start("wait.acquire")
    until_asleep(condition._wait_semaphore, number)


def told_and_timed_out() -> Table:
    """Two sleep; A is notified, and B's time runs out."""
    condition = Condition()
    rows = Rows(counters(condition))
    with (
        Player(sleep, condition, None) as a,
        Player(sleep, condition, SOON) as b,
        Player(notify, condition, 2) as n,
    ):
        a.do(*ANNOUNCE)
        rows.add("**A** in `wait()`: counts itself a sleeper")
        fall_asleep(a, condition, 1)
        a.freeze()
        rows.add("**A** gives the lock back and sleeps")
        b.do(*ANNOUNCE)
        fall_asleep(b, condition, 2)
        b.freeze()
        rows.add(f"**B** in `wait({SOON})`: the same")
        n.do(*LOOK)
        rows.add("", "takes the lock; in `notify()`: nobody woke unasked")
        n.do("sleeping.acquire")
        rows.add("", "takes one off the sleepers")
        n.do("wait.release")
        rows.add("", "wakes one; now waits to see that")
        a.thaw()
        woken = a.hear()
        rows.add("**A** wakes: takes the 1 it slept for")
        a.do("woken.release")
        rows.add("**A** counts itself woken; now waits for the lock")
        n.do("woken.acquire")
        rows.add("", "has seen one wake")
        n.do("wait.acquire", "lock.release")
        rows.add("", "finds nothing left over; releases the lock")
        a.do("lock.acquire", "lock.release")
        rows.add(f"**A** has the lock: `wait()` returns `{a.hear()}`")
        b.thaw()
        in_time = b.hear()
        b.do("woken.release", "lock.acquire", "lock.release")
        rows.add(
            f"**B**: time is up; counts itself woken; `wait()` returns `{b.hear()}`"
        )
        n.do(*LOOK)
        rows.add("", "`notify()` again: one woke unasked")
        n.do("sleeping.acquire", "woken.acquire")
        rows.add("", "takes that one off the sleepers, too")
        n.do("sleeping.acquire", "lock.release")
        rows.add("", "finds nobody asleep, and wakes nobody")
    if (woken, in_time) != (True, False):
        raise RuntimeError("a figure's sleepers woke in another order")
    return Table("Two sleep, one is woken, one's time runs out", HEADER, rows.rows)


def just_missed() -> Table:
    """A's time runs out while N is about to wake it."""
    condition = Condition()
    rows = Rows(counters(condition))
    with Player(sleep, condition, SOON) as a, Player(notify, condition, 1) as n:
        a.do(*ANNOUNCE)
        fall_asleep(a, condition, 1)
        rows.add(f"**A** sleeps in `wait({SOON})`")
        n.do(*LOOK)
        n.do("sleeping.acquire")
        rows.add("", "takes A off the sleepers, to wake it")
        in_time = a.hear()
        a.do("woken.release")
        rows.add("**A**: time is up; counts itself woken; now waits for the lock")
        n.do("wait.release")
        rows.add("", "wakes whoever sleeps")
        n.do("woken.acquire")
        rows.add("", "has seen one wake")
        n.do("wait.acquire")
        rows.add("", "finds the 1 that A did not take, and takes it back")
        n.do("wait.acquire", "lock.release")
        a.do("lock.acquire", "lock.release")
        rows.add(f"**A** has the lock: `wait()` returns `{a.hear()}`")
    if in_time:
        raise RuntimeError("a figure's sleeper was woken in time")
    header = ("Sleeper A", *HEADER[1:])
    return Table("A's time runs out while it is being woken", header, rows.rows)


class Watched(Barrier):
    """A barrier that asks for leave before it changes one of its numbers."""

    pipe = None  # of the process that goes through it

    def _set(self, name, index, value):
        if self.pipe is None:
            self._array[index] = value
        else:
            step(self.pipe, name, self._array.__setitem__, index, value)

    _state = property(Barrier._state.fget, lambda self, v: self._set("state", 0, v))
    _count = property(Barrier._count.fget, lambda self, v: self._set("count", 1, v))


def go_through(pipe, barrier):
    """The script of one party; at last it tells what `wait` returned."""
    barrier.pipe = pipe
    step(pipe, "come", bool)  # else two would come at once
    pipe.send(barrier.wait())


def barrier_round() -> Table:
    """Three parties meet: A and B wait, C comes last and opens; A leaves before B."""
    barrier = Watched(3)
    rows = Rows(lambda: list(barrier._array))
    with (
        Player(go_through, barrier) as a,
        Player(go_through, barrier) as b,
        Player(go_through, barrier) as c,
    ):
        a.do("come", "count")
        until_asleep(barrier._cond._wait_semaphore, 1)
        rows.add("**A** comes, and sleeps")
        b.do("come", "count")
        until_asleep(barrier._cond._wait_semaphore, 2)
        rows.add("**B** comes, and sleeps")
        c.do("come", "count")
        rows.add("", "comes, and sees that all are there")
        c.do("state")
        rows.add("", "opens, and wakes all")
        until_asleep(barrier._cond._lock, 2)  # A and B have woken
        b.freeze()
        c.do("count")
        rows.add("", f"leaves: `wait()` returns `{c.hear()}`")
        a.do("count")
        rows.add(f"**A** leaves: `wait()` returns `{a.hear()}`")
        b.thaw()
        b.do("count")
        rows.add("**B** is the last to leave")
        b.do("state")
        rows.add(f"**B** closes, for the next round: `wait()` returns `{b.hear()}`")
    header = ("A and B", "`state`", "`count`", "C")
    return Table("Three go through a `Barrier(3)`", header, rows.rows)
