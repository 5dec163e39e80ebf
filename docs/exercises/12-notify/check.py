"""Those who wait are processes of their own, and wait for a key of a board."""

import contextlib
import multiprocessing
import os
import time

import pytest

from compare.checks import NotMet, expect, within
from minimp import BaseManager

fork = multiprocessing.get_context("fork")
PATIENCE = 1.5  # seconds that something may take which has to come
LONG = 30  # seconds, for a wait that something else has to end
SHORT = 0.2  # seconds, for a wait that has to end by itself


@pytest.fixture
def manager(answer):
    """A manager whose `Board` is the learner's."""

    class Manager(BaseManager):
        pass

    Manager.register("Board", answer.Board)
    with Manager(ctx=fork) as manager:
        yield manager


@pytest.fixture
def board(manager):
    board = manager.Board()
    board.server = manager._process.pid
    return board


def outcome(function, *args):
    """Return what is returned, or the name of the exception."""
    try:
        return function(*args)
    except Exception as error:
        return type(error).__name__


class Waiter:
    """A process that calls board.wait(*args)."""

    def __init__(self, board, args):
        self.reader, writer = fork.Pipe(duplex=False)
        self.process = fork.Process(target=self._wait, args=(board, args, writer))
        self.process.start()
        writer.close()
        self.reader.recv()
        # When it sleeps, its request is sent; when the server does, it is dealt with.
        for pid in (self.process.pid, board.server):
            _until_asleep(pid)

    def _wait(self, board, args, writer):
        board.get("nothing")  # so that it is connected
        writer.send("begins")
        writer.send(outcome(board.wait, *args))

    def ready(self, seconds=0):
        return self.reader.poll(seconds)

    def came(self, seconds=PATIENCE):
        """Return what wait() returns in that time, or a text."""
        return self.reader.recv() if self.ready(seconds) else "nothing so far"

    def end(self):
        self.process.kill()
        self.process.join()
        self.reader.close()


@contextlib.contextmanager
def waiting(board, *args, count=1):
    """Give processes that call board.wait(*args); in the block, all of them sleep."""
    waiters = []
    try:
        for _ in range(count):
            waiters.append(Waiter(board, args))
        yield waiters
    finally:
        for waiter in waiters:
            waiter.end()


def _until_asleep(pid):
    deadline = time.monotonic() + PATIENCE
    while any(letter not in "SZ" for letter in _states(pid)):
        if time.monotonic() > deadline:
            raise NotMet("the process while it waits", "busy", "asleep")
        time.sleep(0.001)


def _states(pid):
    """Yield, for each thread, the letter that says what it does: S is sleep, and Z is
    a process that has ended."""
    for text in _of_threads(pid, "stat"):
        yield text.rpartition(")")[2].split()[0]


def _times_woken(pid):
    """Return how often the threads of a process have gone to sleep so far."""
    name = "voluntary_ctxt_switches:"
    lines = "".join(_of_threads(pid, "status")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))


def _of_threads(pid, name):
    """Yield what the system says about each thread of a process."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            with open(f"/proc/{pid}/task/{thread}/{name}") as file:
                yield file.read()


def test_1_set_and_get(board):
    expect("get('key'), which was never set", board.get("key"), (0, None))
    expect("set('key', 'a')", within(PATIENCE, board.set, "key", "a"), 1)
    expect("set('key', 'b')", within(PATIENCE, board.set, "key", "b"), 2)
    expect("get('key')", within(PATIENCE, board.get, "key"), (2, "b"))
    expect("get('other')", within(PATIENCE, board.get, "other"), (0, None))


def test_2_others_are_answered(board):
    with waiting(board, "key", 0, LONG):
        came = within(PATIENCE, board.get, "key")
        expect("get('key') while somebody waits", came, (0, None))
        came = within(PATIENCE, board.set, "other", 1)
        expect("set('other', 1) while somebody waits", came, 1)


def test_3_wait_ends_when_the_key_is_set(board):
    with waiting(board, "key", 0, LONG) as [waiter]:
        within(PATIENCE, board.set, "key", "new")
        what = "wait('key', 0, ...), and then set('key', 'new')"
        expect(what, waiter.came(), (1, "new"))


def test_3_all_who_wait(board):
    with waiting(board, "key", 0, LONG, count=3) as waiters:
        within(PATIENCE, board.set, "key", "new")
        deadline = time.monotonic() + PATIENCE
        came = [one.came(max(0, deadline - time.monotonic())) for one in waiters]
        expect("what three who waited for the key get", came, [(1, "new")] * 3)


def test_4_change_before_the_wait(board):
    seen, _ = board.get("key")
    within(PATIENCE, board.set, "key", "new")
    came = within(PATIENCE, outcome, board.wait, "key", seen, SHORT)
    expect("wait() for a change that has come since get()", came, (1, "new"))


def test_4_same_value_again(board):
    within(PATIENCE, board.set, "key", "same")
    with waiting(board, "key", 1, LONG) as [waiter]:
        within(PATIENCE, board.set, "key", "same")
        expect("wait() when the same value is set again", waiter.came(), (2, "same"))


def test_5_other_keys(board):
    with waiting(board, "key", 0, LONG) as [waiter]:
        within(PATIENCE, board.set, "other", 1)
        came = waiter.came(SHORT)
        expect("wait('key', ...) after set('other', 1)", came, "nothing so far")


def test_6_gives_up(board):
    begun = time.monotonic()
    came = within(PATIENCE, outcome, board.wait, "key", 0, SHORT)
    took = time.monotonic() - begun
    expect(f"wait('key', 0, {SHORT}), when nothing changes", came, "TimeoutError")
    if took < SHORT:
        raise NotMet("seconds until then", f"{took:.2f}", f"{SHORT} or more")


def test_6_other_keys_take_no_time(board):
    with waiting(board, "key", 0, SHORT) as [waiter]:
        deadline = time.monotonic() + 4 * SHORT
        while not waiter.ready(SHORT / 5) and time.monotonic() < deadline:
            within(PATIENCE, board.set, "other", "again")
        came = waiter.came(0)
        what = f"wait('key', 0, {SHORT}), while another key is set again and again"
        expect(what, came, "TimeoutError")


def test_7_server_sleeps(board):
    with waiting(board, "key", 0, LONG):
        before = _times_woken(board.server)
        time.sleep(2 * SHORT)
        woken = _times_woken(board.server) - before
    if woken > 2:
        what = f"how often the server woke in {2 * SHORT} s in which nothing changed"
        raise NotMet(what, f"{woken} times", "not at all")
