"""Lock, RLock, Semaphore and BoundedSemaphore beside CPython's."""

import _multiprocessing
import copy
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from multiprocessing import resource_tracker

import lock_workers
import pytest
from lock_workers import actor, call, eventually, get, sleepers
from support import START_METHODS, TIMEOUT, finish, outcome

NAMES = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")
SEM_VALUE_MAX = 2**31 - 1

INHERITANCE = "{} objects should only be shared between processes through inheritance"
NOT_OWNED = "attempt to release recursive lock not owned by thread"
TOO_MANY = "semaphore or lock released too many times"


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def lock(lock_impl, name):
    return getattr(lock_impl, name)()


def count(lock):
    return lock._semlock._count()


# --- making them ------------------------------------------------------------


def test_initial_values(lock_impl):
    for make in (lock_impl.Semaphore, lock_impl.BoundedSemaphore):
        assert make().get_value() == 1
        for value in (0, 1, 5, SEM_VALUE_MAX):
            assert make(value).get_value() == value
            assert make(value=value).get_value() == value


@pytest.mark.parametrize("kind", ["Semaphore", "BoundedSemaphore"])
@pytest.mark.parametrize(
    "value, error, text",
    [
        (-1, OSError, "[Errno 22] Invalid argument"),
        (-(2**31), OSError, "[Errno 22] Invalid argument"),
        (2**31, OverflowError, "Python int too large to convert to C int"),
        (2**70, OverflowError, "Python int too large to convert to C int"),
        (-(2**70), OverflowError, "Python int too large to convert to C int"),
        ("1", TypeError, "'str' object cannot be interpreted as an integer"),
        (1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
    ],
    ids=repr,
)
def test_initial_values_that_are_refused(lock_impl, kind, value, error, text):
    assert outcome(getattr(lock_impl, kind), value) == (error, text)


def test_maxvalues(lock_impl):
    found = [
        lock_impl.Lock()._semlock.maxvalue,
        lock_impl.RLock()._semlock.maxvalue,
        lock_impl.Semaphore(3)._semlock.maxvalue,
        lock_impl.BoundedSemaphore(3)._semlock.maxvalue,
    ]
    assert found == [1, 1, SEM_VALUE_MAX, 3]


def test_classes(impl):
    module = impl.synchronize
    assert issubclass(module.BoundedSemaphore, module.Semaphore)
    for name in NAMES:
        assert issubclass(getattr(module, name), module.SemLock)
        assert type(getattr(impl, name)()) is getattr(module, name)


def test_an_unknown_kind(lock_impl):
    ctx = {} if lock_impl.ours else {"ctx": multiprocessing.get_context("fork")}
    made = outcome(lock_impl.synchronize.SemLock, 2, 1, 1, **ctx)
    assert made == (ValueError, "unrecognized kind")


# --- acquire and release ----------------------------------------------------


def test_acquire_and_release(lock):
    assert lock.acquire() is True
    assert lock.release() is None
    assert lock.acquire(True, None) is True
    assert lock.release() is None
    assert lock.acquire(block=False) is True
    assert lock.release() is None
    assert lock.acquire(timeout=5) is True
    assert lock.release() is None


def test_one_that_is_taken(lock_impl):
    lock, semaphore = lock_impl.Lock(), lock_impl.Semaphore(1)
    for taken in (lock, semaphore):
        taken.acquire()
        assert taken.acquire(False) is False
        assert taken.acquire(block=False) is False
        assert taken.acquire(False, None) is False
        assert taken.acquire(True, 0.01) is False
        assert taken.acquire(timeout=0) is False
        assert taken.acquire(timeout=-1) is False
        assert taken.release() is None
        assert taken.acquire(False) is True


def test_lock_released_too_often(lock_impl):
    lock = lock_impl.Lock()
    assert outcome(lock.release) == (ValueError, TOO_MANY)
    lock.acquire()
    lock.release()
    assert outcome(lock.release) == (ValueError, TOO_MANY)
    assert lock.acquire(False) is True


def test_rlock_is_recursive(lock_impl):
    lock = lock_impl.RLock()
    for depth in (1, 2, 3):
        assert lock.acquire(True, TIMEOUT) is True
        assert count(lock) == depth
    for depth in (2, 1, 0):
        assert lock.release() is None
        assert count(lock) == depth
    assert outcome(lock.release) == (AssertionError, NOT_OWNED)


def test_rlock_of_another_thread(lock_impl):
    lock = lock_impl.RLock()
    with actor(threading.Thread, lock) as other:
        other.ask(call("acquire"))
        assert lock.acquire(False) is False
        assert outcome(lock.release) == (AssertionError, NOT_OWNED)
        other.ask(call("release"))
    assert lock.acquire(False) is True


def test_semaphore_has_no_upper_bound_but_the_systems(lock_impl):
    semaphore = lock_impl.Semaphore(0)
    for value in range(1, 5):
        assert semaphore.release() is None
        assert semaphore.get_value() == value
    semaphore = lock_impl.Semaphore(SEM_VALUE_MAX)
    assert outcome(semaphore.release) == (ValueError, TOO_MANY)


def test_bounded_semaphore_has_one(lock_impl):
    semaphore = lock_impl.BoundedSemaphore(2)
    assert outcome(semaphore.release) == (ValueError, TOO_MANY)
    assert semaphore.get_value() == 2
    semaphore.acquire()
    assert semaphore.get_value() == 1
    assert semaphore.release() is None
    assert outcome(semaphore.release) == (ValueError, TOO_MANY)
    never = lock_impl.BoundedSemaphore(0)
    assert outcome(never.release) == (ValueError, TOO_MANY)
    assert never.acquire(False) is False


def test_a_bound_method_keeps_its_lock(lock_impl):
    """Nobody else may get the semaphore that `acquire` still works on."""
    acquire = lock_impl.Lock().acquire
    semlock = lock_impl.RLock()._semlock
    others = [lock_impl.Lock() for _ in range(20)]
    assert acquire(False) is semlock.acquire(False) is True
    assert [repr(other) for other in others] == ["<Lock(owner=None)>"] * 20
    assert acquire(False) is False
    assert semlock._get_value() == 0


def test_with_statement(lock):
    with lock as entered:
        assert entered is True
        assert lock._semlock._get_value() == 0
    assert lock._semlock._get_value() == 1
    with pytest.raises(ZeroDivisionError), lock:
        raise ZeroDivisionError
    assert lock._semlock._get_value() == 1


def test_exit_without_enter(lock_impl):
    def leave(lock):
        return lock.__exit__(None, None, None)

    assert outcome(leave, lock_impl.Lock()) == (ValueError, TOO_MANY)
    assert outcome(leave, lock_impl.RLock()) == (AssertionError, NOT_OWNED)
    assert outcome(leave, lock_impl.Semaphore()) == ("returned", None)
    assert outcome(leave, lock_impl.BoundedSemaphore()) == (ValueError, TOO_MANY)


def test_locked(lock_impl, lock, name):
    """As in 3.14, also where CPython is older and has no such method."""
    if lock_impl.name == "cpython" and sys.version_info < (3, 14):
        text = f"'{name}' object has no attribute 'locked'"
        assert outcome(get("locked"), lock) == (AttributeError, text)
        return
    assert lock.locked() is False
    with lock:
        assert lock.locked() is True
        with actor(threading.Thread, lock) as other:
            assert other.ask(call("locked")) is True
    assert lock.locked() is False


# --- what they say of themselves --------------------------------------------

REPRS = {
    "free": ("<Lock(owner=None)>", "<RLock(None, 0)>"),
    "mine": ("<Lock(owner=MainProcess)>", "<RLock(MainProcess, 1)>"),
    "mine, in a thread": (
        "<Lock(owner=MainProcess|reader)>",
        "<RLock(MainProcess|reader, 1)>",
    ),
    "a thread's": (
        "<Lock(owner=SomeOtherThread)>",
        "<RLock(SomeOtherThread, nonzero)>",
    ),
    "mine, in a process": ("<Lock(owner={})>", "<RLock({}, 1)>"),
    "a process's": (
        "<Lock(owner=SomeOtherProcess)>",
        "<RLock(SomeOtherProcess, nonzero)>",
    ),
}


@pytest.mark.parametrize("name, column", [("Lock", 0), ("RLock", 1)])
def test_repr_names_the_owner(lock_impl, name, column):
    expected = {case: texts[column] for case, texts in REPRS.items()}
    ctx = lock_impl.context("fork")
    lock = getattr(ctx, name)()
    with actor(ctx.Process, lock) as child:
        assert repr(lock) == child.ask(repr) == expected["free"]
        with lock:
            assert repr(lock) == expected["mine"]
            assert child.ask(repr) == expected["a process's"]
        child.ask(call("acquire"))
        theirs = expected["mine, in a process"].format(child.runner.name)
        assert child.ask(repr) == theirs
        assert repr(lock) == expected["a process's"]
        child.ask(call("release"))
    with actor(threading.Thread, lock) as other:
        other.runner.name = "reader"
        other.ask(call("acquire"))
        assert other.ask(repr) == expected["mine, in a thread"]
        assert repr(lock) == expected["a thread's"]
        other.ask(call("release"))
        assert repr(lock) == other.ask(repr) == expected["free"]


def test_repr_of_an_rlock_tells_the_depth(lock_impl):
    lock = lock_impl.RLock()
    for depth in (1, 2, 3):
        lock.acquire(True, TIMEOUT)
        assert repr(lock) == f"<RLock(MainProcess, {depth})>"
    for _ in range(3):
        lock.release()
    assert repr(lock) == "<RLock(None, 0)>"


def test_repr_of_semaphores(lock_impl):
    semaphore, bounded = lock_impl.Semaphore(3), lock_impl.BoundedSemaphore(2)
    assert repr(semaphore) == "<Semaphore(value=3)>"
    assert repr(bounded) == "<BoundedSemaphore(value=2, maxvalue=2)>"
    semaphore.release()
    bounded.acquire()
    assert repr(semaphore) == "<Semaphore(value=4)>"
    assert repr(bounded) == "<BoundedSemaphore(value=1, maxvalue=2)>"


def test_repr_of_a_subclass(lock_impl, name):
    class Mine(getattr(lock_impl.synchronize, name)):
        pass

    ctx = {} if lock_impl.ours else {"ctx": multiprocessing.get_context("fork")}
    assert repr(Mine(**ctx)).startswith("<Mine(")


def test_a_lock_released_by_another_process_still_counts_as_ours(lock_impl):
    """Count and owner are each process's own: they do not see the others'."""
    ctx = lock_impl.context("fork")
    lock = ctx.Lock()
    with actor(ctx.Process, lock) as child:
        lock.acquire()
        child.ask(call("release"))
        assert lock._semlock._get_value() == 1
        assert repr(lock) == "<Lock(owner=MainProcess)>"
        assert (count(lock), child.ask(count)) == (1, -1)
        child.ask(call("acquire"))
        assert child.ask(repr) == "<Lock(owner=SomeOtherProcess)>"
        assert (count(lock), child.ask(count)) == (1, 0)


# --- pickling ---------------------------------------------------------------


@pytest.mark.parametrize("function", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_pickle_outside_spawning(lock, name, function):
    assert outcome(function, lock) == (RuntimeError, INHERITANCE.format(name))
    inside = [{"lock": lock}]
    if function is not copy.copy:
        made = outcome(function, inside)
        assert made == (RuntimeError, INHERITANCE.format(name))


def test_no_argument_of_a_pools_task(impl):
    with impl.context("fork").Pool(1) as pool:
        result = pool.apply_async(repr, [impl.Lock()])
        text = INHERITANCE.format("Lock")
        assert outcome(result.get, TIMEOUT) == (RuntimeError, text)
        pool.close()
        pool.join()


# --- in other processes -----------------------------------------------------


def test_all_of_them_reach_a_child(lock_impl, start_method):
    ctx = lock_impl.context(start_method)
    lock, rlock = ctx.Lock(), ctx.RLock()
    semaphore, bounded = ctx.Semaphore(2), ctx.BoundedSemaphore(3)
    nested = {"a": lock, "b": [rlock, (semaphore, bounded)], "c": lock}
    with actor(ctx.Process, nested) as child:
        assert child.ask(repr) == repr(nested)
        assert child.ask(lock_workers.take_all) == [True] * 4
        assert lock.acquire(False) is rlock.acquire(False) is False
        assert (semaphore.get_value(), bounded.get_value()) == (1, 2)
        with pytest.raises(AssertionError, match=f"^{NOT_OWNED}$"):
            rlock.release()
        assert child.ask(lock_workers.same_twice)
        child.tell(lock_workers.acquire_the_other)
        eventually(lambda: sleepers(lock) == 1)
        lock.release()
        assert child.answer() is True


@pytest.mark.parametrize("name", ["Lock", "RLock"])
def test_a_child_does_not_own_what_its_parent_holds(lock_impl, start_method, name):
    ctx = lock_impl.context(start_method)
    lock = getattr(ctx, name)()
    with lock, actor(ctx.Process, lock) as child:
        assert child.ask(lock_workers.count_and_owner) == (0, False)
        assert child.ask(call("acquire", False)) is False
        if name == "RLock":
            with pytest.raises(AssertionError, match=f"^{NOT_OWNED}$"):
                child.ask(call("release"))
        assert lock_workers.count_and_owner(lock) == (1, True)


def test_child_of_a_bare_fork_owns_nothing(lock_impl):
    """CPython hears only of the forks of `Process`, minimp of all."""
    lock = lock_impl.RLock()
    lock.acquire()
    if (pid := os.fork()) == 0:
        try:
            os._exit(2 * count(lock) + lock.acquire(False))
        finally:
            os._exit(99)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == (0 if lock_impl.ours else 3)
    assert count(lock) == 1


def test_a_lock_reaches_a_grandchild(impl, start_method):
    ctx = impl.context(start_method)
    lock = ctx.Lock()
    with actor(ctx.Process, start_method, lock) as child:
        child.ask(lock_workers.start_one_that_takes)
    assert lock.acquire(False) is False
    assert repr(lock) == "<Lock(owner=SomeOtherProcess)>"
    lock.release()


def test_a_lock_reaches_the_workers_of_a_pool(impl, start_method):
    ctx = impl.context(start_method)
    lock = ctx.Lock()
    with ctx.Pool(1, lock_workers.remember, (lock,)) as pool:
        assert pool.apply(lock_workers.call_remembered, ("acquire", False)) is True
        assert lock.acquire(False) is False
        assert pool.apply(lock_workers.call_remembered, ("release",)) is None
        assert lock.acquire(False) is True
        pool.close()
        pool.join()


@pytest.mark.parametrize("name", ["Lock", "RLock", "Semaphore"])
def test_no_increment_is_lost_between_processes(lock_impl, name):
    _increment_everywhere(lock_impl.context("fork"), name, processes=3, times=300)


def test_no_increment_is_lost_under_any_start_method(impl, start_method):
    _increment_everywhere(impl.context(start_method), "Lock", processes=2, times=300)


def _increment_everywhere(ctx, name, processes, times):
    lock, number = getattr(ctx, name)(), ctx.RawValue("i", 0)
    args = (lock, number, times)
    runners = [
        ctx.Process(target=lock_workers.increment_often, args=args)
        for _ in range(processes)
    ]
    for runner in runners:
        runner.start()
    finish(*runners)
    assert number.value == processes * times


MIXED = (
    "A SemLock created in a fork context is being shared with a process in a "
    "spawn context. This is not supported. Please use the same context to "
    "create multiprocessing objects and Process."
)


@pytest.mark.parametrize("made_for", START_METHODS)
def test_start_methods_may_be_mixed(impl, made_for, start_method):
    """CPython tells the methods apart since 3.11.5; minimp need not."""
    lock = impl.context(made_for).Lock()
    ctx = impl.context(start_method)
    if impl.ours or made_for != "fork" or start_method == "fork":
        with actor(ctx.Process, lock) as child:
            assert child.ask(call("acquire", False)) is True
            assert lock.acquire(False) is False
    elif sys.version_info >= (3, 11, 5):
        process = ctx.Process(target=lock_workers.take, args=(lock,))
        assert outcome(process.start) == (RuntimeError, MIXED)


def test_a_lock_outlives_the_one_who_held_it(lock_impl):
    """Nobody releases the lock of a killed process: that is told, not hidden."""
    ctx = lock_impl.context("fork")
    lock = ctx.Lock()
    with actor(ctx.Process, lock) as child:
        child.ask(call("acquire"))
        child.kill()
        assert lock.acquire(True, 0.05) is False
        assert repr(lock) == "<Lock(owner=SomeOtherProcess)>"
        assert lock.release() is None
        assert lock.acquire(False) is True


def test_a_killed_sleeper_takes_nothing_with_it(lock_impl):
    ctx = lock_impl.context("fork")
    lock = ctx.Lock()
    lock.acquire()
    with actor(ctx.Process, lock) as child:
        child.tell(call("acquire"))
        eventually(lambda: sleepers(lock) == 1)
        child.kill()
        lock.release()
        assert lock.acquire(True, TIMEOUT) is True


def test_killed_owner_leaves_nothing(impl):
    """A named semaphore outlives the process that would have unlinked it."""
    ours, theirs = multiprocessing.Pipe()
    ctx = impl.context("spawn")
    process = ctx.Process(target=lock_workers.hold_a_lock, args=(theirs, impl.name))
    process.start()
    theirs.close()
    with ours:
        assert ours.poll(TIMEOUT)
        name, mapped = ours.recv()
        process.kill()
        finish(process, exitcode=-signal.SIGKILL)
    if impl.ours:
        assert (name, mapped) == (None, [])
        return
    assert len(mapped) == 1
    assert os.path.exists(f"/dev/shm/sem.{name[1:]}")
    _multiprocessing.sem_unlink(name)
    resource_tracker.unregister(name, "semaphore")


class Named:
    """Adds an attribute that travels, the usual way."""

    def __getstate__(self):
        return super().__getstate__(), self.name

    def __setstate__(self, state):
        state, self.name = state
        super().__setstate__(state)


def test_a_subclass_may_add_to_the_state(impl):
    ctx = multiprocessing.get_context("spawn")
    cls = type("NamedLock", (Named, impl.synchronize.Lock), {})
    lock = cls() if impl.ours else cls(ctx=ctx)
    lock.name = "mine"
    multiprocessing.context.set_spawning_popen(ctx)
    try:
        state = lock.__getstate__()
    finally:
        multiprocessing.context.set_spawning_popen(None)
    twin = cls.__new__(cls)
    twin.__setstate__(state)
    assert twin.name == "mine"
    assert lock.acquire() is True
    assert twin.acquire(False) is False


def test_exit_takes_any_arguments_or_none(lock):
    for arguments in [(), (None, None, None)]:
        lock.acquire()
        assert lock.__exit__(*arguments) is None
    assert lock.acquire(False) is True
    lock.release()
