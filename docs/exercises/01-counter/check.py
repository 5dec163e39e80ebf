import multiprocessing
import os

import pytest

import minimp
from compare.checks import expect, within

fork = multiprocessing.get_context("fork")


@pytest.fixture
def manager(answer):
    """A running manager of the learner's class."""
    with answer.CounterManager() as manager:
        yield manager


def test_1_manager_makes_a_counter(manager):
    counter = manager.Counter()
    expect("what a new counter says", within(2, counter.get), 0)


def test_2_counts_from_its_start(manager):
    counter = manager.Counter(7)
    expect("counter.add(5), begun with 7", within(2, counter.add, 5), 12)
    expect("counter.get() after it", within(2, counter.get), 12)


def test_2_each_counter_is_its_own(manager):
    first, second = manager.Counter(), manager.Counter()
    within(2, first.add, 5)
    expect("another counter, after first.add(5)", within(2, second.get), 0)


def test_3_lives_in_the_server(manager):
    counter = manager.Counter()
    here = within(2, counter.pid) == os.getpid()
    expect("whether the counter lives in the process that asks", here, False)


def test_4_other_process_counts_in_it(manager):
    counter = manager.Counter(7)
    child = fork.Process(target=counter.add, args=(5,))
    child.start()
    child.join(2)
    expect("exit code of a process that calls counter.add(5)", child.exitcode, 0)
    expect("counter.get() after it, begun with 7", within(2, counter.get), 12)


@pytest.fixture
def started(monkeypatch):
    """The processes, of either kind, that this one has started since, a list."""
    started = []
    for kind in multiprocessing.process.BaseProcess, minimp.Process:
        monkeypatch.setattr(kind, "start", _noting(kind.start, started))
    return started


def _noting(start, started):
    def noting(process):
        started.append(process)
        start(process)

    return noting


def test_5_three_processes_count(answer, manager, started):
    total = within(3, answer.count, manager, 3, 100)
    expect("count(manager, 3, 100)", total, 300)
    expect("how many processes it has started", len(started), 3)
    expect("processes that still run after it", _running(manager), 0)


def _running(manager):
    """Return how many children there are beside the manager's server."""
    return len(multiprocessing.active_children()) - 1
