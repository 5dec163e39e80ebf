"""Locks and what is built of them, for threads of several processes.

Everything here is made of one thing, the semaphore::

    Lock, RLock, Semaphore, BoundedSemaphore      one each
    Condition      a lock and three semaphores: who sleeps, who has
                   woken, and what they sleep on
    Event          a condition, and a semaphore that is 0 or 1
    Barrier        a condition, and two numbers in shared memory
"""

# CPython: synchronize

import struct
import sys
import threading
import time

from . import semlock
from ._borrowed import assert_spawning
from .heap import BufferWrapper
from .process import current_process
from .semlock import RECURSIVE_MUTEX, SEM_VALUE_MAX, SEMAPHORE

__all__ = ["Lock", "RLock", "Semaphore", "BoundedSemaphore"]
__all__ += ["Condition", "Event", "Barrier"]

# Left out: ctx -- a semaphore in the arena reaches a child whichever way it
# is started.


class SemLock:
    """The base of locks and semaphores: a `semlock.SemLock` that can be
    sent to a child while that is being started, and at no other time.

    *kind* is RECURSIVE_MUTEX or SEMAPHORE, else ValueError; *value* and
    *maxvalue* are what its counter starts with and may not exceed.

    CPython: synchronize.SemLock
    """

    # Differs: one made under "fork" may be sent to a child under "spawn";
    # CPython raises RuntimeError then (test_start_methods_may_be_mixed).

    def __init__(self, kind, value, maxvalue):
        if kind not in (RECURSIVE_MUTEX, SEMAPHORE):
            raise ValueError("unrecognized kind")
        wrapper = semlock.new_semaphore(value)
        self._semlock = semlock.rebuild(wrapper, kind, maxvalue)
        self._make_methods()

    def _make_methods(self):
        # The methods themselves, not methods that call them: this saves
        # a call each time.
        self.acquire = self._semlock.acquire
        self.release = self._semlock.release

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type=None, exc=None, traceback=None):
        self.release()

    def __getstate__(self):
        assert_spawning(self)
        sl = self._semlock
        return sl._wrapper, sl.kind, sl.maxvalue

    def __setstate__(self, state):
        self._semlock = semlock.rebuild(*state)
        self._make_methods()

    def locked(self):
        """Return whether acquire would wait.

        CPython: synchronize.SemLock.locked, since 3.14
        """
        return self._semlock._is_zero()

    def _owner(self):
        """Return the name of who holds this lock, as far as it is known."""
        if self._semlock._is_mine():
            thread = threading.current_thread().name
            process = current_process().name
            if thread == "MainThread":
                return process
            return f"{process}|{thread}"
        if not self._semlock._is_zero():
            return "None"
        if self._semlock._count() > 0:
            return "SomeOtherThread"
        return "SomeOtherProcess"


class Semaphore(SemLock):
    """A counter to wait for: acquire takes one, release adds one.

    CPython: synchronize.Semaphore
    """

    def __init__(self, value=1):
        super().__init__(SEMAPHORE, value, SEM_VALUE_MAX)

    def get_value(self):
        """Return how often acquire would not wait."""
        return self._semlock._get_value()

    def __repr__(self):
        return f"<{type(self).__name__}(value={self.get_value()})>"


class BoundedSemaphore(Semaphore):
    """A semaphore that raises ValueError when it is released above the
    *value* that it started with.

    CPython: synchronize.BoundedSemaphore
    """

    def __init__(self, value=1):
        SemLock.__init__(self, SEMAPHORE, value, value)

    def __repr__(self):
        return (
            f"<{type(self).__name__}(value={self.get_value()},"
            f" maxvalue={self._semlock.maxvalue})>"
        )


class Lock(SemLock):
    """A lock that whoever likes may release.

    CPython: synchronize.Lock
    """

    def __init__(self):
        super().__init__(SEMAPHORE, 1, 1)

    def __repr__(self):
        return f"<{type(self).__name__}(owner={self._owner()})>"


class RLock(SemLock):
    """A lock that its owner, a thread, may acquire again, and has to
    release as often; others get an AssertionError.

    CPython: synchronize.RLock
    """

    def __init__(self):
        super().__init__(RECURSIVE_MUTEX, 1, 1)

    def __repr__(self):
        owner = self._owner()
        if owner == "None":
            count = 0
        elif owner.startswith("SomeOther"):
            count = "nonzero"
        else:
            count = self._semlock._count()
        return f"<{type(self).__name__}({owner}, {count})>"


class Condition:
    """Let threads of several processes sleep until they are notified.

    *lock* is a Lock or RLock, by default an RLock of its own.

    CPython: synchronize.Condition
    """

    def __init__(self, lock=None):
        self._lock = lock or RLock()
        self._sleeping_count = Semaphore(0)  # who went to sleep, ...
        self._woken_count = Semaphore(0)  # and of these, who has woken
        self._wait_semaphore = Semaphore(0)  # what they sleep on
        self._make_methods()

    def __getstate__(self):
        assert_spawning(self)
        state = self.__dict__.copy()
        del state["acquire"], state["release"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._make_methods()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type=None, exc=None, traceback=None):
        self.release()

    def _make_methods(self):
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __repr__(self):
        sleeping = self._sleeping_count.get_value()
        waiters = sleeping - self._woken_count.get_value()
        return f"<{type(self).__name__}({self._lock}, {waiters})>"

    def wait(self, timeout=None):
        """Release the lock, sleep until notified, take the lock again.

        Returns False when *timeout* seconds went by first, True else.
        Raises AssertionError when this thread does not hold the lock.

        CPython: synchronize.Condition.wait
        """
        assert self._lock._semlock._is_mine(), (
            "must acquire() condition before using wait()"
        )
        self._sleeping_count.release()
        # However often it is held: the others need it free.
        count = self._lock._semlock._count()
        for _ in range(count):
            self._lock.release()
        try:
            return self._wait_semaphore.acquire(True, timeout)
        finally:
            self._woken_count.release()
            for _ in range(count):
                self._lock.acquire()

    def notify(self, n=1):
        """Wake up to *n* of those who sleep, and see them wake.

        Raises AssertionError when this thread does not hold the lock.

        CPython: synchronize.Condition.notify
        """
        assert self._lock._semlock._is_mine(), "lock is not owned"
        assert not self._wait_semaphore.acquire(False), (
            "notify: Should not have been able to acquire _wait_semaphore"
        )
        # Those whose time ran out are no longer asleep.
        while self._woken_count.acquire(False):
            res = self._sleeping_count.acquire(False)
            assert res, (
                "notify: Bug in sleeping_count.acquire"
                "- res should not be False"
            )
        sleepers = 0
        while sleepers < n and self._sleeping_count.acquire(False):
            self._wait_semaphore.release()
            sleepers += 1
        for _ in range(sleepers):
            self._woken_count.acquire()
        # A sleeper whose time ran out just now left what was meant for
        # it; the next one who waits must not find that.
        if sleepers:
            while self._wait_semaphore.acquire(False):
                pass

    def notify_all(self):
        """Wake all who sleep."""
        self.notify(n=sys.maxsize)

    def wait_for(self, predicate, timeout=None):
        """Wait until *predicate()* is true, and return what it returned.

        After *timeout* seconds, return its last, false, answer.

        CPython: synchronize.Condition.wait_for
        """
        if result := predicate():
            return result
        left = None
        endtime = None if timeout is None else time.monotonic() + timeout
        while not result:
            if endtime is not None:
                left = endtime - time.monotonic()
                if left <= 0:
                    break
            self.wait(left)
            result = predicate()
        return result


class Event:
    """A flag to wait for.

    CPython: synchronize.Event
    """

    def __init__(self):
        self._cond = Condition(Lock())
        self._flag = Semaphore(0)  # 1 when set, else 0

    def is_set(self):
        """Return whether the flag is set."""
        with self._cond:
            return self._peek()

    def set(self):
        """Set the flag, and wake all who wait for it."""
        with self._cond:
            self._flag.acquire(False)
            self._flag.release()
            self._cond.notify_all()

    def clear(self):
        """Take the flag down."""
        with self._cond:
            self._flag.acquire(False)

    def wait(self, timeout=None):
        """Return True as soon as the flag is set.

        After *timeout* seconds, return False.
        """
        with self._cond:
            if not self._peek():
                self._cond.wait(timeout)
            return self._peek()

    def _peek(self):
        """Return whether the flag is set.  Caller holds self._cond."""
        # To take it and put it back, as CPython does, would lose it if
        # this process were killed in between.
        return self._flag.get_value() > 0

    def __repr__(self):
        state = "set" if self.is_set() else "unset"
        return f"<{type(self).__qualname__} at {id(self):#x} {state}>"


class Barrier(threading.Barrier):
    """Let *parties* threads of several processes wait for each other.

    The algorithm is `threading.Barrier`, which keeps two numbers; here
    they lie in shared memory.

    CPython: synchronize.Barrier
    """

    def __init__(self, parties, action=None, timeout=None):
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._cond = Condition()
        self._wrapper = BufferWrapper(struct.calcsize("i") * 2)
        self._map()

    def _map(self):
        self._array = self._wrapper.create_memoryview().cast("i")

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._map()

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["_array"]
        return state

    @property
    def _state(self):
        return self._array[0]

    @_state.setter
    def _state(self, value):
        self._array[0] = value

    @property
    def _count(self):
        return self._array[1]

    @_count.setter
    def _count(self, value):
        self._array[1] = value
