import contextlib
import multiprocessing
import os
import signal
import threading

import pytest

from compare.checks import expect, state

fork = multiprocessing.get_context("fork")
PATIENCE = 1.5  # seconds that somebody may take to get the lock
A_WHILE = 0.3  # seconds after which a lock with a living owner is still taken


class Worker:
    """A process that acquires the lock and releases it as it is told."""

    def __init__(self, lock):
        self.conn, child_end = fork.Pipe()
        self.process = fork.Process(target=self._work, args=(lock, child_end))
        self.process.start()
        self.pid = self.process.pid
        child_end.close()

    def _work(self, lock, conn):
        self.conn.close()
        while conn.recv():
            conn.send("asks")
            with lock as dead:
                conn.send(dead)
                conn.recv()
            conn.send("has released")

    def asks(self):
        """Have it call acquire; it goes on to wait, or has the lock."""
        self.conn.send("acquire")
        assert self.conn.recv() == "asks"

    def gets(self):
        """Return what acquire() returned, or a text that says why it did not."""
        if not self.conn.poll(PATIENCE):
            return f"nothing in {PATIENCE} s"
        try:
            return self.conn.recv()
        except EOFError:
            return "its process has ended"

    def releases(self):
        """Return whether it has released the lock."""
        self.conn.send("release")
        return self.gets() == "has released"

    def sleeps(self):
        """Wait until it sleeps; return whether it is still waiting for the lock."""
        while state(self.pid) != "S":
            if self.conn.poll(0.001):
                return False
        return not self.conn.poll()

    def end(self):
        self.process.kill()
        self.process.join()
        self.conn.close()


@pytest.fixture
def workers(answer):
    """Three processes that have one lock."""
    with _workers(answer.RobustLock()) as workers:
        yield workers


@contextlib.contextmanager
def _workers(lock):
    workers = [Worker(lock) for _ in range(3)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def _takes(worker):
    worker.asks()
    expect("what acquire() returns when the lock is free", worker.gets(), 0)


def test_1_one_at_a_time(workers):
    first, second, _ = workers
    _takes(first)
    second.asks()
    expect("whether a second process waits", second.sleeps(), True)
    expect("whether the first one can release it", first.releases(), True)
    expect("what acquire() returns to the second one", second.gets(), 0)


def test_2_killed_while_another_waits(workers):
    owner, heir, third = workers
    _takes(owner)
    heir.asks()
    expect("whether another process waits for the owner", heir.sleeps(), True)
    owner.process.kill()  # and not joined: it is a zombie now
    expect("what acquire() returns after its owner was killed", heir.gets(), owner.pid)
    expect("whether the heir can release it", heir.releases(), True)
    _takes(third)


def test_2_killed_before_another_comes(workers):
    owner, heir, _ = workers
    _takes(owner)
    owner.process.kill()
    owner.process.join()
    heir.asks()
    expect("what acquire() returns after its owner was killed", heir.gets(), owner.pid)


def test_3_slow_is_not_dead(workers):
    owner, other, _ = workers
    _takes(owner)
    os.kill(owner.pid, signal.SIGSTOP)
    other.asks()
    came = other.conn.poll(A_WHILE)
    os.kill(owner.pid, signal.SIGCONT)
    expect("whether another one gets the lock of a stopped process", came, False)
    expect("whether the owner can release it later", owner.releases(), True)
    expect("what acquire() returns to the other one then", other.gets(), 0)


def test_4_pid_is_used_again(answer, monkeypatch):
    """The system is made to say that the dead owner's pid has a new process."""
    used_again, real = fork.RawValue("i"), answer.start_time

    def start_time(pid):
        return 1 if pid == used_again.value else real(pid)

    monkeypatch.setattr(answer, "start_time", start_time)
    with _workers(answer.RobustLock()) as (owner, heir, _):
        _takes(owner)
        used_again.value = owner.pid
        owner.process.kill()
        heir.asks()
        what = "what acquire() returns when another process has the dead owner's pid"
        expect(what, heir.gets(), owner.pid)


def test_5_one_heir(answer, monkeypatch):
    """Two look for the dead owner at the same moment, if their locks allow it."""
    dead, both, real = fork.RawValue("i"), fork.Barrier(2), answer.start_time

    def start_time(pid):
        if pid == dead.value:
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.2)
        return real(pid)

    monkeypatch.setattr(answer, "start_time", start_time)
    with _workers(answer.RobustLock()) as (owner, *heirs):
        _takes(owner)
        for heir in heirs:
            heir.asks()
            expect("whether another process waits for the owner", heir.sleeps(), True)
        owner.process.kill()
        owner.process.join()
        dead.value = owner.pid
        _one_after_the_other(owner.pid, heirs)


def _one_after_the_other(dead, heirs):
    ready = multiprocessing.connection.wait([h.conn for h in heirs], PATIENCE)
    heirs.sort(key=lambda heir: heir.conn not in ready)
    first, second = heirs
    expect("what acquire() returns to the first heir", first.gets(), dead)
    came = second.conn.poll(A_WHILE)
    expect("whether a second heir gets the lock, or fails, meanwhile", came, False)
    expect("whether the first heir can release it", first.releases(), True)
    expect("what acquire() returns to the second heir then", second.gets(), 0)


def test_6_killed_while_it_waits(workers):
    owner, waiter, third = workers
    _takes(owner)
    waiter.asks()
    expect("whether another process waits for the owner", waiter.sleeps(), True)
    waiter.process.kill()
    waiter.process.join()
    released = owner.releases()
    expect("whether release() returns when one who waited was killed", released, True)
    _takes(third)
