"""The object below every lock: one body, in C and in Python.

`lock_impl.semlock(kind, value, maxvalue)` makes CPython's
`_multiprocessing.SemLock`, minimp's accelerated one, or its pure Python one.
"""

import _multiprocessing
import contextlib
import math
import mmap
import multiprocessing
import platform
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from multiprocessing.connection import wait

import lock_workers
import pytest
from lock_workers import actor, call, eventually, get, interrupted, language, sleepers
from support import TIMEOUT, name_of, outcome, run_python

import minimp
import minimp.heap
import minimp.semlock

RECURSIVE_MUTEX, SEMAPHORE = 0, 1
SEM_VALUE_MAX = 2**31 - 1

NOT_OWNED = "attempt to release recursive lock not owned by thread"
TOO_MANY = "semaphore or lock released too many times"


@pytest.fixture
def semlock(lock_impl):
    return lock_impl.semlock


@pytest.fixture(params=[RECURSIVE_MUTEX, SEMAPHORE], ids=["recursive", "plain"])
def kind(request):
    return request.param


def state(lock):
    """What the object says of itself, in one tuple."""
    return lock._count(), lock._is_mine(), lock._get_value(), lock._is_zero()


# --- one thread -------------------------------------------------------------


def test_constants(impl):
    module = impl.synchronize
    found = module.RECURSIVE_MUTEX, module.SEMAPHORE, module.SEM_VALUE_MAX
    assert found == (RECURSIVE_MUTEX, SEMAPHORE, SEM_VALUE_MAX)


def test_attributes(semlock, kind):
    lock = semlock(kind, 1, 3)
    assert (lock.kind, lock.maxvalue, lock.name) == (kind, 3, None)
    assert type(lock.handle) is int
    assert lock.handle > 0


def test_a_plain_one_counts_down_and_up(semlock):
    lock = semlock(SEMAPHORE, 2, 3)
    assert state(lock) == (0, False, 2, False)
    assert lock.acquire() is True
    assert state(lock) == (1, True, 1, False)
    assert lock.acquire() is True
    assert state(lock) == (2, True, 0, True)
    assert lock.acquire(False) is False
    assert state(lock) == (2, True, 0, True)
    assert lock.release() is None
    assert state(lock) == (1, True, 1, False)
    assert lock.release() is None
    assert state(lock) == (0, False, 2, False)
    assert lock.release() is None
    assert state(lock) == (-1, False, 3, False)


def test_a_recursive_one_counts_its_owner(semlock):
    lock = semlock(RECURSIVE_MUTEX, 1, 1)
    assert state(lock) == (0, False, 1, False)
    for depth in (1, 2, 3):
        assert lock.acquire(True, TIMEOUT) is True
        assert state(lock) == (depth, True, 0, True)
    for depth in (2, 1):
        assert lock.release() is None
        assert state(lock) == (depth, True, 0, True)
    assert lock.release() is None
    assert state(lock) == (0, False, 1, False)


def test_release_of_a_recursive_one_that_nobody_owns(semlock):
    lock = semlock(RECURSIVE_MUTEX, 1, 1)
    assert outcome(lock.release) == (AssertionError, NOT_OWNED)
    lock.acquire()
    lock.release()
    assert outcome(lock.release) == (AssertionError, NOT_OWNED)
    assert state(lock) == (0, False, 1, False)


@pytest.mark.parametrize("maxvalue", [0, 1, 2, SEM_VALUE_MAX])
def test_release_beyond_maxvalue(semlock, maxvalue):
    lock = semlock(SEMAPHORE, maxvalue, maxvalue)
    assert outcome(lock.release) == (ValueError, TOO_MANY)
    assert state(lock) == (0, False, maxvalue, maxvalue == 0)


def test_a_value_may_start_above_maxvalue(semlock):
    lock = semlock(SEMAPHORE, 3, 1)
    assert lock._get_value() == 3
    assert outcome(lock.release) == (ValueError, TOO_MANY)
    assert lock.acquire() is True
    assert lock._get_value() == 2


def test_with_statement(semlock, kind):
    lock = semlock(kind, 1, 1)
    with lock as entered:
        assert entered is True
        assert state(lock) == (1, True, 0, True)
    assert state(lock) == (0, False, 1, False)
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    assert state(lock) == (0, False, 1, False)
    lock.acquire()
    assert lock.__exit__(None, None, None) is None
    lock.acquire()
    assert lock.__exit__() is None


def test_after_fork_forgets_the_owner_and_not_the_semaphore(semlock, kind):
    lock = semlock(kind, 1, 1)
    lock.acquire()
    assert lock._after_fork() is None
    assert state(lock) == (0, False, 0, True)


# --- arguments of acquire ---------------------------------------------------


@pytest.mark.parametrize("block", [True, False, 1, 0, 2, -1])
@pytest.mark.parametrize("timeout", [None, 0, 0.0, -1, -0.5, 1, 2.5, True, 2**70])
def test_acquire_of_a_free_one_takes_it_whatever_the_timeout(semlock, block, timeout):
    lock = semlock(SEMAPHORE, 1, 1)
    assert lock.acquire(block, timeout) is True
    assert lock._get_value() == 0


@pytest.mark.parametrize(
    "args, kwargs",
    [
        ((False,), {}),
        ((0,), {}),
        ((), {"block": False}),
        ((False, None), {}),
        ((False, 5), {}),
        ((), {"timeout": 60, "block": False}),
        ((True, 0), {}),
        ((True, 0.0), {}),
        ((True, -1), {}),
        ((True, -math.inf), {}),
        ((), {"timeout": -5.5}),
        ((True, 0.01), {}),
        ((True, Fraction(1, 100)), {}),
        ((True, False), {}),
    ],
    ids=str,
)
def test_acquire_of_a_taken_one_gives_up(semlock, args, kwargs):
    lock = semlock(SEMAPHORE, 0, 1)
    assert lock.acquire(*args, **kwargs) is False
    assert state(lock) == (0, False, 0, True)


@pytest.mark.parametrize("timeout", [0.05, Fraction(1, 20)])
def test_acquire_waits_at_least_its_timeout(semlock, timeout):
    lock = semlock(SEMAPHORE, 0, 1)
    start = time.monotonic()
    assert lock.acquire(timeout=timeout) is False
    # The deadline is one of the wall clock, rounded to a microsecond.
    assert time.monotonic() - start > timeout - 0.01


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("block", [True, False])
@pytest.mark.parametrize("timeout", ["1", b"1", 1j, [], object()], ids=name_of)
def test_timeout_of_a_wrong_type(semlock, value, block, timeout):
    lock = semlock(SEMAPHORE, value, 1)
    text = f"must be real number, not {type(timeout).__name__}"
    assert outcome(lock.acquire, block, timeout) == (TypeError, text)
    assert outcome(lock.acquire, block, timeout=timeout) == (TypeError, text)
    assert state(lock) == (0, False, value, value == 0)


def test_timeout_too_large_for_a_float(semlock):
    lock = semlock(SEMAPHORE, 1, 1)
    text = "int too large to convert to float"
    assert outcome(lock.acquire, True, 10**400) == (OverflowError, text)
    assert lock._get_value() == 1


@pytest.mark.parametrize("timeout", [math.nan, math.inf, 1e300, 2**70, 2.0**63])
def test_timeout_that_no_clock_can_show(lock_impl, timeout):
    lock = lock_impl.semlock(SEMAPHORE, 0, 1)
    assert lock.acquire(False, timeout) is False
    if lock_impl.name == "minimp-pure" or platform.machine() == "x86_64":
        # Elsewhere C is free to make another number of it.
        text = "[Errno 22] Invalid argument"
        assert outcome(lock.acquire, True, timeout) == (OSError, text)
    lock.release()
    assert lock.acquire(True, timeout) is True


def test_the_owner_of_a_recursive_one_may_say_anything(semlock):
    lock = semlock(RECURSIVE_MUTEX, 1, 1)
    lock.acquire()
    assert lock.acquire(True, "not a number") is True
    assert lock.acquire(False) is True
    assert lock._count() == 3


@pytest.mark.parametrize("block", ["", "x", None, 2.5, [], 2**40], ids=repr)
def test_block_of_another_type(lock_impl, block):
    lock = lock_impl.semlock(SEMAPHORE, 0, 1)
    if sys.version_info < (3, 12) and lock_impl.name != "minimp-pure":
        # The C object took an int before it took a truth value.
        name = type(block).__name__
        error, text = TypeError, f"'{name}' object cannot be interpreted as an integer"
        if isinstance(block, int):
            error, text = OverflowError, "Python int too large to convert to C int"
        assert outcome(lock.acquire, block, 0) == (error, text)
    else:
        assert lock.acquire(block, 0) is False


@pytest.mark.parametrize(
    "args, kwargs, word",
    [
        ((), {"blocking": False}, "blocking"),
        ((True, None, 1), {}, "acquire"),
        ((True,), {"block": True}, "block"),
    ],
)
def test_acquire_takes_block_and_timeout_and_no_more(semlock, args, kwargs, word):
    lock = semlock(SEMAPHORE, 1, 1)
    with pytest.raises(TypeError, match=word):
        lock.acquire(*args, **kwargs)
    assert lock._get_value() == 1


# --- threads ----------------------------------------------------------------


def test_a_recursive_one_belongs_to_a_thread(semlock):
    lock = semlock(RECURSIVE_MUTEX, 1, 1)
    with actor(threading.Thread, lock) as other:
        lock.acquire()
        assert other.ask(state) == (1, False, 0, True)
        assert other.ask(call("acquire", False)) is False
        with pytest.raises(AssertionError, match=f"^{NOT_OWNED}$"):
            other.ask(call("release"))
        assert state(lock) == (1, True, 0, True)
        lock.release()
        assert other.ask(call("acquire", False)) is True
        assert state(lock) == (1, False, 0, True)
        assert outcome(lock.release) == (AssertionError, NOT_OWNED)
        other.ask(call("release"))
    assert state(lock) == (0, False, 1, False)


def test_a_plain_one_may_be_released_by_any_thread(semlock):
    lock = semlock(SEMAPHORE, 1, 1)
    with actor(threading.Thread, lock) as other:
        other.ask(call("acquire"))
        assert state(lock) == (1, False, 0, True)
        assert lock.release() is None
        assert other.ask(state) == (0, False, 1, False)


def test_a_plain_one_is_of_the_thread_that_acquired_last(semlock):
    lock = semlock(SEMAPHORE, 2, 2)
    with actor(threading.Thread, lock) as other:
        lock.acquire()
        other.ask(call("acquire"))
        assert not lock._is_mine()
        assert other.ask(call("_is_mine"))
        other.ask(call("release"))
        assert other.ask(state) == (1, True, 1, False)


@pytest.mark.parametrize("timeout", [None, TIMEOUT, 10**10, 1e10])
def test_acquire_sleeps_until_a_release_and_lets_others_run(semlock, timeout):
    lock = semlock(SEMAPHORE, 0, 1)
    with actor(threading.Thread, lock) as other:
        other.tell(call("acquire", True, timeout))
        # That this thread gets here shows that the other one has let the
        # interpreter go; it sleeps in the C library.
        eventually(lambda: sleepers(lock) == 1)
        assert state(lock) == (0, False, 0, True)
        lock.release()
        assert other.answer() is True
        assert other.ask(state) == (0, False, 0, True)  # one up, one down
        assert other.ask(get("handle")) == lock.handle


def test_a_release_wakes_one_sleeper(semlock):
    lock = semlock(SEMAPHORE, 0, 2)
    with actor(threading.Thread, lock) as a, actor(threading.Thread, lock) as b:
        for other in (a, b):
            other.tell(call("acquire", True, TIMEOUT))
        eventually(lambda: sleepers(lock) == 2)
        lock.release()
        assert len(wait([a.conn, b.conn], TIMEOUT)) == 1
        assert sleepers(lock) == 1
        lock.release()
        assert a.answer() is b.answer() is True
    assert lock._get_value() == 0


def test_no_increment_is_lost_between_threads(semlock, kind):
    lock = semlock(kind, 1, 1)
    numbers = [0]

    def add():
        for _ in range(200):
            with lock:
                number = numbers[0]
                time.sleep(0)  # let another thread run, here of all places
                numbers[0] = number + 1

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(add) for _ in range(4)]:
            job.result(TIMEOUT)
    assert numbers == [800]
    assert state(lock) == (0, False, 1, False)


@contextlib.contextmanager
def between_lines(function):
    """Call `function()` before each line of minimp.semlock and as it returns.

    Yields the list of what it returned: an empty one where C does the work.
    """
    results = []

    def trace(frame, event, arg):
        if frame.f_code.co_filename != minimp.semlock.__file__:
            return None
        if event in ("line", "return"):
            results.append(function())
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield results
    finally:
        sys.settrace(before)


def test_at_no_moment_does_it_belong_to_who_had_it_last(lock_impl, kind):
    lock = lock_impl.semlock(kind, 1, 1)
    with actor(threading.Thread, lock) as other:
        other.ask(call("acquire"))
        other.ask(call("release"))
        with between_lines(lambda: other.ask(call("_is_mine"))) as results:
            assert lock.acquire(True, TIMEOUT) is True
        assert not any(results)
        assert bool(results) == (lock_impl.name == "minimp-pure")


def test_at_any_moment_of_a_release_another_may_acquire(lock_impl, kind):
    lock = lock_impl.semlock(kind, 1, 1)
    lock.acquire()
    with actor(threading.Thread, lock) as other:
        take = lock_workers.acquire_and_release
        with between_lines(lambda: other.ask(take)) as results:
            lock.release()
        assert any(results) == (lock_impl.name == "minimp-pure")
        assert state(lock) == (0, False, 1, False)
        assert other.ask(take) is True
    assert state(lock) == (0, False, 1, False)


# --- signals ----------------------------------------------------------------


@pytest.mark.parametrize("timeout", [None, TIMEOUT])
def test_a_signal_is_handled_and_the_acquire_goes_on(semlock, timeout):
    lock = semlock(SEMAPHORE, 0, 1)
    seen = []

    def handler(*_):
        seen.append(state(lock))

    with interrupted(lock, handler, times=3, then=lock.release):
        assert lock.acquire(True, timeout) is True
    assert seen == [(0, False, 0, True)] * 3
    assert lock._count() == 0  # acquired here, released by another thread


def test_signals_do_not_lengthen_the_timeout(semlock):
    lock = semlock(SEMAPHORE, 0, 1)
    handled = []

    def handler(*_):
        handled.append(None)
        if len(handled) < 100:
            signal.setitimer(signal.ITIMER_REAL, 0.05)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    start = time.monotonic()
    try:
        assert lock.acquire(True, 0.3) is False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # Started anew by each signal, it would go on until there are no more.
    assert 1 <= len(handled) < 100
    assert time.monotonic() - start > 0.29


@pytest.mark.parametrize("timeout", [None, TIMEOUT])
def test_a_handler_that_raises_ends_the_acquire(semlock, kind, timeout):
    def handler(*_):
        raise ZeroDivisionError("from the handler")

    lock = semlock(kind, 0, 1)
    with interrupted(lock, handler):
        with pytest.raises(ZeroDivisionError, match="^from the handler$"):
            lock.acquire(True, timeout)
    assert state(lock) == (0, False, 0, True)


@pytest.mark.parametrize("timeout", [None, TIMEOUT])
def test_control_c_ends_the_acquire(semlock, kind, timeout):
    lock = semlock(kind, 0, 1)
    with interrupted(lock, signal.default_int_handler, signal.SIGINT):
        with pytest.raises(KeyboardInterrupt):
            lock.acquire(True, timeout)
    assert state(lock) == (0, False, 0, True)


# --- processes --------------------------------------------------------------


def test_a_forked_process_shares_the_semaphore_and_not_the_count(semlock):
    lock = semlock(SEMAPHORE, 2, 2)
    with actor(multiprocessing.get_context("fork").Process, lock) as child:
        assert child.ask(call("acquire")) is True
        assert child.ask(state) == (1, True, 1, False)
        assert state(lock) == (0, False, 1, False)
        assert lock.acquire() is True
        assert child.ask(call("acquire", False)) is False
        child.tell(call("acquire", True, TIMEOUT))
        eventually(lambda: sleepers(lock) == 1)
        lock.release()
        assert child.answer() is True
        assert child.ask(state) == (2, True, 0, True)
        assert state(lock) == (0, False, 0, True)


def test_recursion_in_another_process_is_a_wait(semlock):
    lock = semlock(RECURSIVE_MUTEX, 1, 1)
    with actor(multiprocessing.get_context("fork").Process, lock) as child:
        lock.acquire()
        assert child.ask(state) == (0, False, 0, True)
        assert child.ask(call("acquire", False)) is False
        with pytest.raises(AssertionError, match=f"^{NOT_OWNED}$"):
            child.ask(call("release"))
        lock.release()
        assert child.ask(call("acquire", False)) is True
        assert child.ask(call("acquire", False)) is True
        assert lock.acquire(False) is False


# --- minimp's two classes ---------------------------------------------------

TELL_THE_CLASSES = """
import ctypes, sys
if "--other-libc" in sys.argv:
    look_up = ctypes.CDLL.__getattr__
    def look_up_elsewhere(library, name):
        return look_up(library, name.replace("gnu_get_libc_version", "no such"))
    ctypes.CDLL.__getattr__ = look_up_elsewhere
from lock_workers import language
import minimp.semlock
block = minimp.semlock.new_semaphore(1)
handle = minimp.semlock.rebuild(block, 1, 1).handle
for cls in (minimp.semlock.SemLock, minimp.semlock.PythonSemLock):
    print(language(cls._rebuild(handle, 1, 1, None)))
print(language(minimp.Lock()._semlock))
"""


def languages(*args, **environ):
    """Return those of SemLock, PythonSemLock, and what a Lock is made of."""
    return run_python(TELL_THE_CLASSES, *args, **environ).split()


@pytest.mark.parametrize("setting", ["", "0"])
def test_c_serves_where_it_can(setting):
    assert languages(MINIMP_PURE=setting) == ["C", "Python", "C"]


def test_python_serves_when_the_environment_says_so():
    assert languages(MINIMP_PURE="1") == ["Python"] * 3


def test_python_serves_with_another_c_library():
    assert languages("--other-libc", MINIMP_PURE="") == ["Python"] * 3


def test_each_process_uses_the_class_that_is_tested(lock_impl, start_method):
    """Otherwise the tests of pure Python would test C in the children."""
    ctx = lock_impl.context(start_method)
    lock = ctx.Lock()
    expected = "Python" if lock_impl.name == "minimp-pure" else "C"
    assert language(lock._semlock) == expected
    with actor(ctx.Process, lock) as child:
        assert child.ask(lock_workers.language_below) == expected


def test_both_work_on_one_semaphore(kind):
    block = minimp.semlock.new_semaphore(1)
    address = minimp.semlock._address(block)
    pure = minimp.semlock.PythonSemLock._rebuild(address, kind, 1, None)
    fast = _multiprocessing.SemLock._rebuild(address, kind, 1, None)
    for one, other in ((pure, fast), (fast, pure)):
        assert one.acquire() is True
        assert state(one) == (1, True, 0, True)
        assert state(other) == (0, False, 0, True)
        assert other.acquire(False) is other.acquire(True, 0.01) is False
        if kind == RECURSIVE_MUTEX:
            assert outcome(other.release) == (AssertionError, NOT_OWNED)
        with actor(threading.Thread, other) as waiting:
            waiting.tell(call("acquire", True, TIMEOUT))
            eventually(lambda: sleepers(fast) == 1)
            one.release()
            assert waiting.answer() is True
            assert one.acquire(False) is False
            waiting.ask(call("release"))
        assert state(one) == state(other) == (0, False, 1, False)


@pytest.mark.parametrize("value", [0, 1, 7, SEM_VALUE_MAX])
def test_new_semaphore_is_a_block_of_the_heap(value):
    block = minimp.semlock.new_semaphore(value)
    assert type(block) is minimp.heap.BufferWrapper
    address, first = minimp.semlock._address(block), block.get_address()
    assert first <= address <= address + 32 <= first + block._state[1]
    for cls in (minimp.semlock.PythonSemLock, _multiprocessing.SemLock):
        lock = cls._rebuild(address, SEMAPHORE, value, None)
        assert lock._get_value() == value


# --- systems that cannot ----------------------------------------------------

IMPORT_WITH_ANOTHER_LIBRARY = """
import ctypes, errno, sys

class Refuse:
    argtypes = errcheck = None
    def __call__(self, *args):
        ctypes.set_errno(errno.ENOSYS)
        return self.errcheck(-1, self, args)

class Library:
    def __init__(self, *args, real=ctypes.CDLL, **kwargs):
        self.real = real(*args, **kwargs)
    def __getattr__(self, name):
        if name == sys.argv[1]:
            raise AttributeError(name)
        return Refuse() if name == sys.argv[2] else getattr(self.real, name)

ctypes.CDLL = ctypes.PyDLL = Library
try:
    import minimp
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "function", ["sem_init", "sem_wait", "sem_timedwait", "sem_post", "sem_getvalue"]
)
def test_a_library_without_a_function(function):
    said = run_python(IMPORT_WITH_ANOTHER_LIBRARY, function, "")
    assert said == (
        f"the C library has no {function}, which minimp.semlock needs;"
        " use multiprocessing.synchronize instead\n"
    )


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_system_that_shares_no_semaphores(pure):
    said = run_python(IMPORT_WITH_ANOTHER_LIBRARY, "", "sem_init", MINIMP_PURE=pure)
    assert said == (
        "this system cannot share a semaphore between processes, which"
        " minimp.semlock needs; use multiprocessing.synchronize instead\n"
    )


def test_no_semaphore_lies_at_the_start_of_a_page(monkeypatch):
    """One with a name does, and `sem_close` tells them by the address."""
    heap = minimp.heap.Heap()
    monkeypatch.setattr(minimp.heap.BufferWrapper, "_heap", heap)
    locks = [minimp.Lock() for _ in range(1000)]
    blocks = [lock._semlock._wrapper._state[0] for lock in locks]
    assert any(start % mmap.PAGESIZE == 0 for _, start, _ in blocks)
    for lock in locks:
        assert lock._semlock.handle % mmap.PAGESIZE
        assert lock.acquire() is True
        assert lock.acquire(False) is False
    assert all(lock.locked() for lock in locks)
