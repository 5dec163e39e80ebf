"""All calls of a check are made by one thread, as each thread has a connection of its
own; what `within` calls is called by another one.
"""

import contextlib
import multiprocessing
import time

import pytest

from compare.checks import NotMet, expect, within
from minimp import Event, SyncManager
from minimp.managers import MakeProxyType

fork = multiprocessing.get_context("fork")
LIMIT = 0.1  # seconds that a call may take
LONG = 2.0  # seconds that `wait` takes, unless it is released
METHODS = ("wait", "echo", "fail")


class Slow:
    """Answers late, if it is asked to wait."""

    released = None  # an Event in shared memory; a new one for each server

    def wait(self):
        self.released.wait(LONG)
        return "the late answer"

    def echo(self, value):
        return value

    def fail(self):
        raise LookupError("from the server")


@pytest.fixture
def manager(answer):
    """A manager whose `Slow` has the learner's `call`."""

    class Manager(SyncManager):
        pass

    Slow.released = Event()
    proxytype = MakeProxyType("SlowProxy", METHODS, base=answer.PatientProxy)
    Manager.register("Slow", Slow, proxytype)
    with Manager(ctx=fork) as manager:
        yield manager


def outcome(function, *args):
    """Return what is returned, or a text that names the exception."""
    try:
        return function(*args)
    except Exception as error:
        return f"raises {type(error).__name__}"


def give_up(slow):
    """Call `wait` with a limit that is too short."""
    came = outcome(slow.call, LIMIT, "wait")
    expect(f"call({LIMIT}, 'wait'), which takes longer", came, "raises TimeoutError")


@contextlib.contextmanager
def quickly(what):
    """Fail if what is in the block takes about as long as `wait`."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    if took > LONG / 2:
        raise NotMet(f"{what}, seconds", f"{took:.1f}", f"less than {LONG / 2}")


def test_1_returns(manager):
    slow = manager.Slow()
    expect("call(2, 'echo', 7)", slow.call(2, "echo", 7), 7)


def test_1_raises(manager):
    slow = manager.Slow()
    came = outcome(slow.call, 2, "fail")
    expect("call(2, 'fail')", came, "raises LookupError")


def test_2_gives_up(manager):
    slow = manager.Slow()
    with quickly(f"call({LIMIT}, 'wait')"):
        give_up(slow)


def test_3_next_call(manager):
    slow = manager.Slow()
    give_up(slow)
    Slow.released.set()
    expect("echo('mine'), the call after", slow.echo("mine"), "mine")
    expect("echo('also mine'), one more", slow.echo("also mine"), "also mine")


def test_4_does_not_wait(manager):
    slow = manager.Slow()
    give_up(slow)
    with quickly("echo('mine'), while the server still waits"):
        expect("echo('mine'), the call after", slow.echo("mine"), "mine")


def test_5_lock_of_the_thread(manager):
    slow, lock = manager.Slow(), manager.RLock()
    lock.acquire()
    give_up(slow)
    came = outcome(lock.release)
    expect("release() of the RLock that was held meanwhile", came, None)
    other = within(2, lock.acquire, True, 1)
    expect("whether another thread then gets the RLock", other, True)
