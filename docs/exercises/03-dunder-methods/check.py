import contextlib
import multiprocessing
import operator

import pytest

from compare.checks import expect, requests, within
from minimp import Pipe

fork = multiprocessing.get_context("fork")


@pytest.fixture
def recent(answer):
    """A shared deque of 1, 2, 3."""
    with answer.DequeManager(ctx=fork) as manager:
        yield manager.deque([1, 2, 3])


def items(recent):
    """Return what the deque in the server has, as a list."""
    return list(within(2, recent._getvalue))


@contextlib.contextmanager
def child_that_appends():
    """Yield a connection to a child that calls `append(9)` of what it is sent."""
    here, there = Pipe()
    child = fork.Process(target=lambda: there.recv().append(9))
    child.start()
    try:
        yield here
        child.join(2)
        expect("exit code of the process that got the proxy", child.exitcode, 0)
    finally:
        child.kill()
        child.join()


def test_1_named_methods(recent):
    within(2, recent.append, 4)
    within(2, recent.appendleft, 0)
    within(2, recent.rotate, 1)
    within(2, recent.extend, [5, 6])
    expect("what popleft() returns", within(2, recent.popleft), 4)
    expect("what pop() returns", within(2, recent.pop), 6)
    expect("what is left in the deque", items(recent), [0, 1, 2, 3, 5])


def test_2_length_and_items(recent):
    expect("len(recent)", within(2, len, recent), 3)
    expect("recent[-1]", within(2, operator.getitem, recent, -1), 3)
    within(2, operator.setitem, recent, 0, 7)
    expect("the deque after recent[0] = 7", items(recent), [7, 2, 3])
    within(2, operator.delitem, recent, 1)
    expect("the deque after del recent[1]", items(recent), [7, 3])


def test_3_in(recent):
    expect("3 in recent", within(2, operator.contains, recent, 3), True)
    expect("8 in recent", within(2, operator.contains, recent, 8), False)


def test_3_in_is_one_request(recent):
    with requests() as sent:
        within(2, operator.contains, recent, 3)
    expect("how many requests `3 in recent` sends", len(sent), 1)


def test_4_in_place(recent):
    after = within(2, operator.iadd, recent, [8, 9])
    expect("the deque after recent += [8, 9]", items(recent), [1, 2, 3, 8, 9])
    expect("whether `recent` is the same proxy after it", after is recent, True)


def test_5_in_a_message(recent):
    with child_that_appends() as connection:
        connection.send(recent)
    expect("the deque after that process appended 9", items(recent), [1, 2, 3, 9])
