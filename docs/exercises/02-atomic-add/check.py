"""The gap between the read and the write of an `add` is held open, by a number that
takes its time to be added, and another client comes into it.
"""

import contextlib
import multiprocessing

import pytest

from compare.checks import expect, requests, within
from minimp import Event

fork = multiprocessing.get_context("fork")
MOMENT = 0.5  # seconds; how long the gap waits for somebody who may never come


class Slow(int):
    """A number of which the sum is made when somebody came, or a moment later."""

    # Events in shared memory; new ones for each server, which inherits them.
    in_the_gap = somebody_came = None

    def __radd__(self, other):
        self.in_the_gap.set()
        self.somebody_came.wait(MOMENT)
        return other + int(self)

    __add__ = __radd__


@pytest.fixture
def total(answer):
    """A managed value that is 0; the server has just been started."""
    Slow.in_the_gap, Slow.somebody_came = Event(), Event()
    with answer.SumManager(ctx=fork) as manager:
        yield manager.Value("i", 0)


@contextlib.contextmanager
def in_the_gap_of_a_child(total):
    """Be in the middle of what a child executes, which is `total.add(1)`."""
    child = fork.Process(target=total.add, args=(Slow(1),))
    child.start()
    try:
        expect("whether the child's add(1) begins", Slow.in_the_gap.wait(2), True)
        yield
        Slow.somebody_came.set()
        child.join(2)
        expect("exit code of the child that calls add(1)", child.exitcode, 0)
    finally:
        child.kill()
        child.join()


def test_1_adds_and_returns(total):
    expect("what add(5) returns, begun with 0", within(2, total.add, 5), 5)
    expect("what add(2) returns after it", within(2, total.add, 2), 7)
    expect("what get() returns after both", within(2, total.get), 7)


def test_1_value_is_as_before(total):
    within(2, total.add, 5)
    within(2, setattr, total, "value", 30)
    expect("total.value, set to 30", within(2, getattr, total, "value"), 30)


def test_2_two_at_a_time(total):
    with in_the_gap_of_a_child(total):
        within(2, total.add, 1)
    both = within(2, total.get)
    expect("the value after two processes called add(1) at the same time", both, 2)


def test_3_set_in_the_middle(total):
    with in_the_gap_of_a_child(total):
        within(2, total.set, 100)
    after = within(2, total.get)
    expect("the value after set(100), called in the middle of an add(1)", after, 100)


def test_4_is_one_request(total):
    with requests() as sent:
        within(2, total.add, 5)
    expect("how many requests one add sends", len(sent), 1)
