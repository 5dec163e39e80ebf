"""Condition, Event and Barrier beside CPython's.

The accounts of a condition are its three semaphores: how many went to sleep,
how many of those have woken, and what they sleep on.
"""

import contextlib
import pickle
import re
import threading
import time

import lock_workers
import pytest
from lock_workers import actor, call, eventually, get, interrupted, sleepers
from support import TIMEOUT, outcome, run_python

NOT_ACQUIRED = "must acquire() condition before using wait()"
INHERITANCE = (
    "Condition objects should only be shared between processes through inheritance"
)


def accounts(condition):
    return (
        condition._sleeping_count.get_value(),
        condition._woken_count.get_value(),
        condition._wait_semaphore.get_value(),
    )


@contextlib.contextmanager
def waiting(condition, number, timeout=TIMEOUT):
    """Have `number` threads asleep in `condition.wait` for the block."""
    with contextlib.ExitStack() as stack:
        actors = []
        for _ in range(number):
            one = stack.enter_context(actor(threading.Thread, condition))
            one.tell(lock_workers.wait_on)
            actors.append(one)
        eventually(lambda: sleepers(condition._wait_semaphore) == number)
        yield actors


def woken(actors):
    """Return those who have answered."""
    return [one for one in actors if one.conn.poll()]


# --- Condition: what it is made of ------------------------------------------


def test_condition_has_an_rlock_of_its_own(lock_impl):
    condition = lock_impl.Condition()
    assert type(condition._lock) is lock_impl.synchronize.RLock
    assert accounts(condition) == (0, 0, 0)
    assert repr(condition) == "<Condition(<RLock(None, 0)>, 0)>"
    other = lock_impl.Condition(None)
    assert type(other._lock) is lock_impl.synchronize.RLock
    assert other._lock is not condition._lock


@pytest.mark.parametrize("name", ["Lock", "RLock"])
def test_condition_works_with_a_lock_of_yours(lock_impl, name):
    lock = getattr(lock_impl, name)()
    for condition in (lock_impl.Condition(lock), lock_impl.Condition(lock=lock)):
        assert condition._lock is lock
        assert condition.acquire() is True
        assert lock._semlock._is_mine()
        assert condition.wait(0) is False
        assert lock._semlock._count() == 1
        assert condition.release() is None
        with waiting(condition, 1) as [one]:
            with lock:
                condition.notify()
            assert one.answer() is True


def test_acquire_and_release_are_the_locks(lock_impl):
    condition = lock_impl.Condition(lock_impl.Lock())
    assert condition.acquire() is True
    assert condition.acquire(False) is False
    assert condition.acquire(True, 0.01) is False
    assert condition.acquire(block=True, timeout=0) is False
    assert condition.release() is None
    with condition as entered:
        assert entered is True
        assert condition.acquire(False) is False
    with pytest.raises(ZeroDivisionError), condition:
        raise ZeroDivisionError
    assert condition.acquire(False) is True


def test_what_is_no_lock(lock_impl):
    text = "'str' object has no attribute 'acquire'"
    assert outcome(lock_impl.Condition, "a lock") == (AttributeError, text)


def test_repr_shows_the_lock_and_the_number_of_sleepers(lock_impl):
    condition = lock_impl.Condition()
    with condition:
        assert repr(condition) == "<Condition(<RLock(MainProcess, 1)>, 0)>"
    with waiting(condition, 2) as actors:
        assert repr(condition) == "<Condition(<RLock(None, 0)>, 2)>"
        lock_workers.notify_all(condition)
        assert [one.answer() for one in actors] == [True, True]
    assert repr(condition) == "<Condition(<RLock(None, 0)>, 0)>"
    plain = lock_impl.Condition(lock_impl.Lock())
    assert repr(plain) == "<Condition(<Lock(owner=None)>, 0)>"


def test_without_the_lock(lock_impl):
    condition = lock_impl.Condition()
    assert outcome(condition.wait) == (AssertionError, NOT_ACQUIRED)
    assert outcome(condition.wait, 0) == (AssertionError, NOT_ACQUIRED)
    assert outcome(condition.notify) == (AssertionError, "lock is not owned")
    assert outcome(condition.notify, 3) == (AssertionError, "lock is not owned")
    assert outcome(condition.notify_all) == (AssertionError, "lock is not owned")
    refused = outcome(condition.wait_for, lambda: False)
    assert refused == (AssertionError, NOT_ACQUIRED)
    assert accounts(condition) == (0, 0, 0)
    with condition, actor(threading.Thread, condition) as other:
        with pytest.raises(AssertionError, match=f"^{re.escape(NOT_ACQUIRED)}$"):
            other.ask(call("wait"))
        with pytest.raises(AssertionError, match="^lock is not owned$"):
            other.ask(call("notify"))


# --- Condition: waiting and waking ------------------------------------------


def test_wait_returns_what_ended_it(lock_impl):
    condition = lock_impl.Condition()
    with condition:
        assert condition.wait(0) is False
        assert condition.wait(-1) is False
        start = time.monotonic()
        assert condition.wait(timeout=0.05) is False
        assert time.monotonic() - start > 0.04
    with waiting(condition, 1) as [one]:
        with condition:
            assert condition.notify() is None
        assert one.answer() is True


@pytest.mark.parametrize("timeout", [None, TIMEOUT])
def test_the_lock_is_free_while_one_waits(lock_impl, timeout):
    condition = lock_impl.Condition()
    with actor(threading.Thread, condition) as other:
        for _ in range(3):
            other.ask(call("acquire", True, TIMEOUT))
        assert condition.acquire(False) is False
        other.tell(call("wait", timeout))
        assert condition.acquire(True, TIMEOUT) is True
        assert accounts(condition) == (1, 0, 0)
        condition.notify()
        # It has woken, and cannot go on before it has the lock again.
        assert accounts(condition) == (0, 0, 0)
        eventually(lambda: sleepers(condition._lock) == 1)
        assert not woken([other])
        condition.release()
        assert other.answer() is True
        assert (
            other.ask(repr)
            == f"<Condition(<RLock(MainProcess|{other.runner.name}, 3)>, 0)>"
        )
        for _ in range(3):
            other.ask(call("release"))
    assert condition.acquire(False) is True


def test_depth_comes_back_after_a_timeout(lock_impl):
    condition = lock_impl.Condition()
    for depth in (1, 2, 3):
        assert condition.acquire(True, TIMEOUT)
        assert condition.wait(0) is False
        assert condition._lock._semlock._count() == depth


def test_notify_wakes_one(lock_impl):
    condition = lock_impl.Condition()
    with waiting(condition, 3) as actors:
        assert accounts(condition) == (3, 0, 0)
        for left in (2, 1, 0):
            with condition:
                condition.notify()
                assert accounts(condition) == (left, 0, 0)
            eventually(lambda left=left: len(woken(actors)) == 3 - left)
        assert [one.answer() for one in actors] == [True] * 3


@pytest.mark.parametrize("n, wakes", [(-1, 0), (0, 0), (1, 1), (2, 2), (3, 3), (9, 3)])
def test_notify_wakes_n(lock_impl, n, wakes):
    condition = lock_impl.Condition()
    with waiting(condition, 3) as actors:
        with condition:
            condition.notify(n)
            assert accounts(condition) == (3 - wakes, 0, 0)
        eventually(lambda: len(woken(actors)) == wakes)
        assert sleepers(condition._wait_semaphore) == 3 - wakes
        lock_workers.notify_all(condition)
        assert [one.answer() for one in actors] == [True] * 3
    assert accounts(condition) == (0, 0, 0)


def test_notify_all_wakes_all(lock_impl):
    condition = lock_impl.Condition()
    with waiting(condition, 4) as actors:
        with condition:
            assert condition.notify_all() is None
            assert accounts(condition) == (0, 0, 0)
        assert [one.answer() for one in actors] == [True] * 4


def test_notify_is_not_remembered(lock_impl):
    condition = lock_impl.Condition()
    with condition:
        condition.notify()
        condition.notify_all()
        assert accounts(condition) == (0, 0, 0)
        assert condition.wait(0) is False


def test_timeouts_are_accounted_for_by_the_next_notify(lock_impl):
    condition = lock_impl.Condition()
    with condition:
        for n in (1, 2, 3):
            assert condition.wait(0) is False
            assert accounts(condition) == (n, n, 0)
            assert repr(condition) == "<Condition(<RLock(MainProcess, 1)>, 0)>"
        condition.notify()
        assert accounts(condition) == (0, 0, 0)


def test_those_whose_time_ran_out_are_not_woken_instead(lock_impl):
    condition = lock_impl.Condition()
    with waiting(condition, 2) as actors:
        with condition:
            assert condition.wait(0) is False
            assert accounts(condition) == (3, 1, 0)
            assert repr(condition) == "<Condition(<RLock(MainProcess, 1)>, 2)>"
            condition.notify(2)
            assert accounts(condition) == (0, 0, 0)
        assert [one.answer() for one in actors] == [True, True]


NOTIFY_AFTER_A_TIMEOUT = """
import sys
from support import load

condition = load(sys.argv[1]).Condition()
with condition:
    condition.wait(0)
    condition.notify()
    print(__debug__, repr(condition))
"""


@pytest.mark.parametrize("optimize", ["", "1"])
def test_notify_does_not_live_on_assertions(impl, optimize):
    """With -O there are none, and the books have to be right all the same."""
    said = run_python(
        NOTIFY_AFTER_A_TIMEOUT, impl.name, PYTHONOPTIMIZE=optimize, timeout=20
    )
    assert said == f"{not optimize} <Condition(<RLock(MainProcess, 1)>, 0)>\n"


def test_wait_with_a_timeout_of_a_wrong_type(lock_impl):
    condition = lock_impl.Condition()
    text = "must be real number, not str"
    with condition:
        assert outcome(condition.wait, "1") == (TypeError, text)
        assert condition._lock._semlock._count() == 1
        assert accounts(condition) == (1, 1, 0)
        condition.notify()
        assert accounts(condition) == (0, 0, 0)


def test_a_handler_that_raises_ends_the_wait_and_keeps_the_books(lock_impl):
    condition = lock_impl.Condition()

    def handler(*_):
        raise ZeroDivisionError("from the handler")

    with condition:
        condition.acquire(True, TIMEOUT)
        with interrupted(condition._wait_semaphore, handler):
            with pytest.raises(ZeroDivisionError, match="^from the handler$"):
                condition.wait(TIMEOUT)
        assert condition._lock._semlock._count() == 2
        assert accounts(condition) == (1, 1, 0)
        condition.notify()
        assert accounts(condition) == (0, 0, 0)
        condition.release()


# --- Condition: wait_for ----------------------------------------------------


def test_wait_for_returns_the_predicates_answer(lock_impl):
    condition = lock_impl.Condition()
    with condition:
        assert condition.wait_for(lambda: "yes") == "yes"
        assert condition.wait_for(lambda: [1], 0) == [1]
        assert condition.wait_for(lambda: [], 0) == []
        assert condition.wait_for(lambda: 0, timeout=-1) == 0
        assert condition.wait_for(lambda: None, timeout=0.01) is None
    # What is true at once needs neither the lock nor a number.
    assert condition.wait_for(lambda: True) is True
    assert condition.wait_for(lambda: True, "no number") is True


def test_wait_for_asks_before_it_waits_and_after_each_wake(lock_impl):
    condition = lock_impl.Condition()
    answers = iter([0, 0, "at last"])
    asked = []

    def predicate():
        asked.append(condition._lock._semlock._is_mine())
        return next(answers)

    def wait():
        with condition:
            result.append(condition.wait_for(predicate, TIMEOUT))

    result = []
    thread = threading.Thread(target=wait)
    thread.start()
    for n in (1, 2):
        eventually(lambda: sleepers(condition._wait_semaphore) == 1)
        assert asked == [True] * n
        with condition:
            condition.notify()
    thread.join(TIMEOUT)
    assert (asked, result) == ([True] * 3, ["at last"])


def test_wait_for_gives_up_in_time_though_it_is_woken(lock_impl):
    """Each wake leaves it what is left of its time, and no more."""
    condition = lock_impl.Condition()
    asked = []
    stop = threading.Event()

    def keep_waking():
        while len(asked) < 10_000 and not stop.is_set():
            with condition:
                condition.notify()

    with condition:
        thread = threading.Thread(target=keep_waking)
        thread.start()
        start = time.monotonic()
        try:
            assert condition.wait_for(lambda: asked.append(None), 0.1) is None
        finally:
            stop.set()
            passed = time.monotonic() - start
    thread.join(TIMEOUT)
    assert passed >= 0.1
    assert 2 <= len(asked) < 10_000


# --- Event ------------------------------------------------------------------


def test_event(lock_impl):
    event = lock_impl.Event()
    assert event.is_set() is False
    assert event.wait(0) is False
    assert event.wait(timeout=0.01) is False
    for _ in range(2):
        assert event.set() is None
        assert event.is_set() is True
        assert event._flag.get_value() == 1
        assert event.wait() is True
        assert event.wait(0) is True
    for _ in range(2):
        assert event.clear() is None
        assert event.is_set() is False
        assert event._flag.get_value() == 0
        assert event.wait(-1) is False


def test_event_waits_at_least_its_timeout(lock_impl):
    event = lock_impl.Event()
    start = time.monotonic()
    assert event.wait(0.05) is False
    assert time.monotonic() - start > 0.04


def test_event_wakes_all(lock_impl):
    event = lock_impl.Event()
    with (
        actor(threading.Thread, event) as a,
        actor(threading.Thread, event) as b,
        actor(threading.Thread, event) as c,
    ):
        for one, timeout in ((a, None), (b, TIMEOUT), (c, 10**9)):
            one.tell(call("wait", timeout))
        eventually(lambda: sleepers(event._cond._wait_semaphore) == 3)
        assert not woken([a, b, c])
        event.set()
        assert a.answer() is b.answer() is c.answer() is True
    assert accounts(event._cond) == (0, 0, 0)
    assert event.is_set() is True


def test_event_cleared_at_once_wakes_nobody_in_vain(lock_impl):
    """Whoever was asleep at `set` wakes, and sees the flag as it is by then."""
    event = lock_impl.Event()
    with actor(threading.Thread, event) as one:
        one.tell(call("wait", TIMEOUT))
        eventually(lambda: sleepers(event._cond._wait_semaphore) == 1)
        with event._cond._lock:
            event._flag.release()
            event._cond.notify_all()
            eventually(lambda: sleepers(event._cond._lock) == 1)
            event._flag.acquire(False)
        assert one.answer() is False


def test_event_repr(lock_impl):
    event = lock_impl.Event()
    assert repr(event) == f"<Event at {id(event):#x} unset>"
    event.set()
    assert repr(event) == f"<Event at {id(event):#x} set>"


# --- Barrier ----------------------------------------------------------------


@contextlib.contextmanager
def at_the_barrier(barrier, number, *args):
    """Have `number` threads wait at `barrier` for the block."""
    with contextlib.ExitStack() as stack:
        actors = []
        for _ in range(number):
            one = stack.enter_context(actor(threading.Thread, barrier))
            one.tell(call("wait", *args))
            actors.append(one)
        eventually(lambda: barrier.n_waiting == number)
        yield actors


def broken(one):
    """Tell whether the actor's wait was broken off."""
    with pytest.raises(threading.BrokenBarrierError) as caught:
        one.answer()
    return caught.value.args == ()


def test_barrier_at_first(lock_impl):
    barrier = lock_impl.Barrier(3)
    assert isinstance(barrier, threading.Barrier)
    found = barrier.parties, barrier.n_waiting, barrier.broken
    assert found == (3, 0, False)
    module = lock_impl.synchronize.__name__
    name = f"<{module}.Barrier at {id(barrier):#x}: "
    assert repr(barrier) == name + "waiters=0/3>"
    barrier.abort()
    assert repr(barrier) == name + "broken>"


def test_barrier_of_one(lock_impl):
    done = []
    barrier = lock_impl.Barrier(1, lambda: done.append(barrier.n_waiting))
    assert barrier.wait() == barrier.wait(0) == 0
    assert (done, barrier.n_waiting, barrier.broken) == ([1, 1], 0, False)


def test_barrier_lets_all_go_together_and_again(lock_impl):
    barrier = lock_impl.Barrier(3)
    for _ in range(3):
        with at_the_barrier(barrier, 2, TIMEOUT) as actors:
            assert not woken(actors)
            indices = [barrier.wait(TIMEOUT), *(one.answer() for one in actors)]
            assert indices[0] == 2
            assert sorted(indices) == [0, 1, 2]
        assert (barrier.n_waiting, barrier.broken) == (0, False)


def test_barrier_action_runs_once_before_anyone_goes(lock_impl):
    seen = []
    barrier = lock_impl.Barrier(3, action=lambda: seen.append(woken(actors)))
    with at_the_barrier(barrier, 2, TIMEOUT) as actors:
        barrier.wait(TIMEOUT)
        assert sorted(one.answer() for one in actors) == [0, 1]
    assert seen == [[]]


def test_barrier_action_that_raises_breaks_it(lock_impl):
    barrier = lock_impl.Barrier(2, action=lambda: 1 / 0)
    with at_the_barrier(barrier, 1, TIMEOUT) as [one]:
        made = outcome(barrier.wait, TIMEOUT)
        assert made == (ZeroDivisionError, "division by zero")
        assert broken(one)
    assert barrier.broken is True
    assert outcome(barrier.wait, 0) == (threading.BrokenBarrierError, "")


def test_barrier_abort(lock_impl):
    barrier = lock_impl.Barrier(3)
    with at_the_barrier(barrier, 2, TIMEOUT) as actors:
        assert barrier.abort() is None
        assert all(broken(one) for one in actors)
    assert (barrier.broken, barrier.n_waiting) == (True, 0)
    assert outcome(barrier.wait) == (threading.BrokenBarrierError, "")
    assert barrier.reset() is None
    assert barrier.broken is False
    with at_the_barrier(barrier, 2, TIMEOUT) as actors:
        assert barrier.wait(TIMEOUT) == 2
        assert sorted(one.answer() for one in actors) == [0, 1]


def test_barrier_reset_breaks_off_those_who_wait(lock_impl):
    barrier = lock_impl.Barrier(3)
    assert barrier.reset() is None  # nobody waits: nothing happens
    assert barrier.broken is False
    with at_the_barrier(barrier, 2, TIMEOUT) as actors:
        assert barrier.reset() is None
        assert all(broken(one) for one in actors)
    assert (barrier.broken, barrier.n_waiting) == (False, 0)


@pytest.mark.parametrize("of_the_barrier", [True, False])
def test_barrier_timeout_breaks_it(lock_impl, of_the_barrier):
    if of_the_barrier:
        barrier, args = lock_impl.Barrier(3, timeout=0.02), ()
    else:
        barrier, args = lock_impl.Barrier(3, timeout=TIMEOUT), (0.02,)
    with at_the_barrier(barrier, 1, TIMEOUT) as [one]:
        made = outcome(barrier.wait, *args)
        assert made == (threading.BrokenBarrierError, "")
        assert broken(one)
    assert barrier.broken is True


# --- pickling ---------------------------------------------------------------


def test_no_pickle_outside_spawning(lock_impl):
    for made in (lock_impl.Condition(), lock_impl.Event(), lock_impl.Barrier(2)):
        assert outcome(pickle.dumps, made) == (RuntimeError, INHERITANCE)
        assert outcome(pickle.dumps, [made]) == (RuntimeError, INHERITANCE)


# --- in other processes -----------------------------------------------------


def test_condition_between_processes(lock_impl, start_method):
    ctx = lock_impl.context(start_method)
    condition, number = ctx.Condition(), ctx.RawValue("i", 0)
    with actor(ctx.Process, condition, number, 2) as child:
        child.tell(lock_workers.wait_for_number)
        eventually(lambda: sleepers(condition._wait_semaphore) == 1)
        assert accounts(condition) == (1, 0, 0)
        with condition:
            number.value = 1
            condition.notify()  # too early: it sees that, and waits again
        eventually(lambda: sleepers(condition._wait_semaphore) == 1)
        with condition:
            number.value = 2
            condition.notify()
            assert accounts(condition) == (0, 0, 0)
            assert condition.wait_for(lambda: number.value == 3, TIMEOUT) is True
        assert child.answer() is True
    assert accounts(condition) == (0, 0, 0)


def test_condition_wakes_the_right_number_of_processes(lock_impl):
    ctx = lock_impl.context("fork")
    condition = ctx.Condition(ctx.Lock())
    with (
        actor(ctx.Process, condition) as a,
        actor(ctx.Process, condition) as b,
        actor(ctx.Process, condition) as c,
    ):
        for one in (a, b, c):
            one.tell(lock_workers.wait_on)
        eventually(lambda: sleepers(condition._wait_semaphore) == 3)
        assert repr(condition) == "<Condition(<Lock(owner=None)>, 3)>"
        with condition:
            condition.notify(2)
            assert accounts(condition) == (1, 0, 0)
        eventually(lambda: len(woken([a, b, c])) == 2)
        with condition:
            condition.notify_all()
        assert a.answer() is b.answer() is c.answer() is True


def test_event_between_processes(lock_impl, start_method):
    ctx = lock_impl.context(start_method)
    ping, pong = ctx.Event(), ctx.Event()
    with actor(ctx.Process, ping, pong) as child:
        child.tell(lock_workers.answer_ping)
        eventually(lambda: sleepers(ping._cond._wait_semaphore) == 1)
        assert pong.is_set() is False
        ping.set()
        assert pong.wait(TIMEOUT) is True
        assert child.answer() is True
        ping.clear()
        assert child.ask(lock_workers.are_set) == [False, True]


def test_barrier_between_processes(lock_impl, start_method):
    ctx = lock_impl.context(start_method)
    barrier = ctx.Barrier(3, timeout=TIMEOUT)
    with actor(ctx.Process, barrier) as a, actor(ctx.Process, barrier) as b:
        for _ in range(2):
            for one in (a, b):
                one.tell(call("wait"))
            eventually(lambda: barrier.n_waiting == 2)
            assert not woken([a, b])
            indices = [barrier.wait(), a.answer(), b.answer()]
            assert indices[0] == 2
            assert sorted(indices) == [0, 1, 2]
        a.tell(call("wait"))
        eventually(lambda: b.ask(get("n_waiting")) == 1)
        b.ask(call("abort"))
        assert broken(a)
        assert barrier.broken is True
        barrier.reset()
        assert a.ask(get("broken")) is b.ask(get("broken")) is False
        assert a.ask(get("parties")) == 3
