"""What the other threads and processes do in the tests of the locks.

An `Actor` is a thread or a process that makes one call when it is told, and
says what came of it. So a test writes down an order of events across
processes line by line, and no clock decides it:

    with actor(ctx.Process, lock) as child:
        assert child.ask(call("acquire"))
        assert not lock.acquire(False)

Calls are functions of the actor's target: any function that can be pickled.
"""

import _multiprocessing
import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
import time
from operator import attrgetter as get
from operator import methodcaller as call

from support import TIMEOUT, finish, load, run

__all__ = ["actor", "call", "eventually", "get", "interrupted", "language"]
__all__ += ["sleepers"]


class Actor:
    """The test's end of a thread or process that does what it is told."""

    def __init__(self, runner, conn):
        self.runner = runner
        self.conn = conn
        self.exitcode = 0

    def ask(self, function):
        """Have `function(target)` called there; return its value or raise."""
        self.tell(function)
        return self.answer()

    def tell(self, function):
        """Start `function(target)` there, and do not wait for it."""
        self.conn.send(function)

    def answer(self, timeout=TIMEOUT):
        """Return what the call that was told returned, or raise its error."""
        assert self.conn.poll(timeout), f"no answer in {timeout} s"
        error, value = self.conn.recv()
        if error is not None:
            raise error
        return value

    def kill(self):
        """End the process as nothing but the system can, in mid-call."""
        self.runner.kill()
        self.runner.join(TIMEOUT)
        self.exitcode = -signal.SIGKILL


@contextlib.contextmanager
def actor(make, *target):
    """Start an Actor for the block; `make` is a Process class or Thread."""
    ours, theirs = multiprocessing.Pipe()
    runner = make(target=obey, args=(theirs, target[0] if len(target) == 1 else target))
    runner.daemon = thread = make is threading.Thread
    runner.start()
    with ours:
        if not thread:
            theirs.close()
        try:
            yield (told := Actor(runner, ours))
        except BaseException:
            if not thread:  # it may hang; the test's error is to be seen
                told.kill()
            raise
        if told.exitcode == 0:
            told.tell(None)
        if thread:
            runner.join(TIMEOUT)
            assert not runner.is_alive()
        else:
            finish(runner, exitcode=told.exitcode)


def obey(conn, target):
    """Be the actor: call what comes through `conn` until it is None."""
    with conn:
        try:
            for function in iter(conn.recv, None):
                conn.send(_outcome(function, target))
        except (EOFError, BrokenPipeError):
            pass  # the test has failed and hung up


def _outcome(function, target):
    try:
        return None, function(target)
    except Exception as error:
        return error, None


def eventually(condition, timeout=TIMEOUT):
    """Wait until `condition()` is true, and return what it returned."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {timeout} s"
        time.sleep(0.001)
    return result


def sleepers(lock):
    """Return how many threads sleep in sem_wait on `lock`, of all processes.

    `lock` is a low-level object or one of its wrappers. The C library counts
    its sleepers in the four bytes after the value (glibc on 64 bits).
    """
    handle = getattr(lock, "_semlock", lock).handle
    return ctypes.c_uint32.from_address(handle + 4).value


@contextlib.contextmanager
def interrupted(lock, handler, signum=signal.SIGUSR1, times=1, then=None):
    """Have this thread interrupted `times` times while it sleeps on `lock`.

    Each time `handler` is called once. After the last time, and when the
    thread sleeps again, `then` is called in another thread.
    """
    main = threading.get_ident()
    due, handled = [], []

    def handle(*args):
        if len(handled) < len(due):
            handled.append(None)
            handler(*args)

    def wake():
        # One signal may come too early to end the sleep, so it is repeated.
        signal.pthread_kill(main, signum)
        return len(handled) == len(due)

    def disturb():
        for _ in range(times):
            eventually(lambda: sleepers(lock) == 1)
            due.append(None)
            eventually(wake)
        if then:
            eventually(lambda: sleepers(lock) == 1)
            then()

    before = signal.signal(signum, handle)
    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        # By default, one that is still on its way would end this process.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signum])
        if signum in signal.sigpending():
            signal.sigwait([signum])
        signal.signal(signum, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signum])
    assert len(handled) == times


def language(semlock):
    """Return in what language the class of a low-level object is written."""
    return "C" if isinstance(semlock, _multiprocessing.SemLock) else "Python"


# --- what actors are asked to do --------------------------------------------


def increment_often(lock, number, times):
    """Add 1 to a number in shared memory; only the lock keeps it whole."""
    for _ in range(times):
        with lock:
            before = number.value
            os.sched_yield()  # let another process run, here of all places
            number.value = before + 1


def start_one_that_takes(target):
    """Start a process that takes the lock and ends with it in its hands."""
    method, lock = target
    run(multiprocessing.get_context(method), take, lock)


def take(lock):
    assert lock.acquire(True, TIMEOUT)


def take_all(nested):
    """Take each lock of the structure once, the recursive one twice."""
    rlock, semaphores = nested["b"]
    found = [o.acquire(False) for o in (nested["a"], rlock, *semaphores)]
    assert rlock.acquire(False)
    rlock.release()
    return found


def same_twice(nested):
    return nested["a"] is nested["c"]


def acquire_the_other(nested):
    return nested["c"].acquire(True, TIMEOUT)


def count_and_owner(lock):
    return lock._semlock._count(), lock._semlock._is_mine()


def acquire_and_release(lock):
    """Take the lock and give it back, and return whether that was possible."""
    if taken := lock.acquire(False):
        lock.release()
    return taken


def language_below(lock):
    return language(lock._semlock)


def hold_a_lock(conn, implementation):
    """Make a lock, tell what of it lies in /dev/shm, and hold it to the end."""
    lock = load(implementation).context("spawn").Lock()
    with lock, open("/proc/self/maps") as maps:
        mapped = [line for line in maps if "/dev/shm/" in line]
        conn.send((lock._semlock.name, mapped))
        conn.recv()  # never comes


def remember(lock):
    """Initialize a pool's worker: only through here can it get a lock."""
    global remembered
    remembered = lock


def call_remembered(name, *args):
    return getattr(remembered, name)(*args)


def wait_on(condition, timeout=TIMEOUT):
    """Wait for a notify, holding the lock once."""
    with condition:
        return condition.wait(timeout)


def wait_for_number(target):
    """Wait until the number is what the target says, and add 1 to it."""
    condition, number, wanted = target
    with condition:
        found = condition.wait_for(lambda: number.value == wanted, TIMEOUT)
        number.value += 1
        condition.notify_all()
    return found


def notify_all(condition):
    with condition:
        condition.notify_all()


def answer_ping(events):
    """Wait for the first event and set the second."""
    ping, pong = events
    woken = ping.wait(TIMEOUT)
    pong.set()
    return woken


def are_set(events):
    return [event.is_set() for event in events]
