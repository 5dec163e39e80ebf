"""Contexts: the package for one start method, and the program's choice."""

import concurrent.futures
import inspect
import multiprocessing
import multiprocessing.managers
import multiprocessing.pool
import os
import pickle
import sys

import process_workers as workers
import pytest
import support

import minimp

LEFT_OUT = {"allow_connection_pickling", "freeze_support", "get_logger"}
LEFT_OUT |= {"log_to_stderr", "reducer"}


def public(thing):
    return {name for name in dir(thing) if name[0] != "_"}


def test_names(start_method):
    theirs, ours = map(workers.context_of, ["cpython", "minimp"], [start_method] * 2)
    assert public(theirs) - public(ours) == LEFT_OUT
    assert public(ours) <= public(theirs)
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.Process.__name__ == theirs.Process.__name__


def test_package_is_the_default_context():
    """Each name of CPython's package is one of minimp's, or it is left out."""
    assert set(multiprocessing.__all__) - set(minimp.__all__) == LEFT_OUT


def test_parameters(start_method):
    """A context takes what CPython's takes, by name and by position."""
    theirs, ours = map(workers.context_of, ["cpython", "minimp"], [start_method] * 2)
    for name in sorted(public(ours)):
        if callable(thing := getattr(theirs, name)) and name != "Process":
            if not isinstance(thing, type):  # an exception
                parameters = [
                    list(inspect.signature(getattr(ctx, name)).parameters.values())
                    for ctx in (theirs, ours)
                ]
                assert parameters[0] == parameters[1], name


def test_context_has_the_classes_of_the_package(start_method):
    ours = minimp.get_context(start_method)
    for name in [*support.SYNCHRONIZE_NAMES, *support.QUEUE_NAMES]:
        assert getattr(ours, name) is getattr(minimp, name)
        assert isinstance(getattr(ours, name), type)
        theirs = multiprocessing.get_context(start_method)
        assert inspect.ismethod(getattr(theirs, name))


QUESTIONS = {
    "mp.get_context('fork') is mp.get_context('fork')": ("returned", True),
    "spawn.get_context() is spawn": ("returned", True),
    "spawn.get_context('spawn') is spawn": ("returned", True),
    "type(spawn.get_context('fork')).__name__": ("returned", "ForkContext"),
    "mp.get_context('x')": (ValueError, "cannot find context for 'x'"),
    "mp.get_context('')": (ValueError, "cannot find context for ''"),
    "spawn.get_context(7)": (ValueError, "cannot find context for 7"),
    "spawn.get_context([])": (TypeError, "unhashable type: 'list'"),
    "mp.set_start_method('x', force=True)": (
        ValueError,
        "cannot find context for 'x'",
    ),
    "spawn.get_start_method()": ("returned", "spawn"),
    "spawn.get_start_method(allow_none=True)": ("returned", "spawn"),
    "spawn.set_start_method('fork', force=True)": (
        ValueError,
        "cannot set start method of concrete context",
    ),
    "spawn.get_all_start_methods()": (
        AttributeError,
        "'SpawnContext' object has no attribute 'get_all_start_methods'",
    ),
    "sorted(mp.get_all_start_methods())": ("returned", sorted(support.START_METHODS)),
    "spawn.cpu_count() == mp.cpu_count() == os.cpu_count()": ("returned", True),
    "type(pickle.loads(pickle.dumps(spawn))) is type(spawn)": ("returned", True),
    "spawn.Process()._start_method": ("returned", "spawn"),
    "mp.Process()._start_method": ("returned", None),
    "spawn.current_process() is mp.current_process()": ("returned", True),
    "spawn.parent_process(), spawn.active_children()": ("returned", (None, [])),
    "issubclass(spawn.TimeoutError, spawn.ProcessError)": ("returned", True),
    "spawn.AuthenticationError is mp.AuthenticationError": ("returned", True),
    "mp.set_forkserver_preload([7])": (
        TypeError,
        "module_names must be a list of strings",
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers(impl, question):
    mp = impl.package
    names = {"mp": mp, "spawn": mp.get_context("spawn"), "os": os, "pickle": pickle}
    assert support.outcome(eval, question, names) == QUESTIONS[question]


def test_number_of_processors_is_not_known(impl, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    expected = NotImplementedError, "cannot determine number of cpus"
    assert support.outcome(impl.package.cpu_count) == expected


# --- the choice -------------------------------------------------------------

CHOICE = """
import multiprocessing, sys
from importlib import import_module
import support
mp = import_module(sys.argv[1])
for text in sys.argv[2:]:
    print(support.outcome(eval, text, globals()))
"""
NOTHING = "('returned', None)"
TWICE = "(<class 'RuntimeError'>, 'context has already been set')"
CHOICES = {
    "asked first": [
        ("mp.get_start_method(allow_none=True)", NOTHING),
        ("mp.set_start_method('spawn')", NOTHING),
        ("mp.get_start_method(allow_none=True)", "('returned', 'spawn')"),
        ("mp.get_context().get_start_method()", "('returned', 'spawn')"),
        ("mp.set_start_method('fork')", TWICE),
        ("mp.set_start_method('fork', force=True)", NOTHING),
        ("type(mp.get_context()).__name__", "('returned', 'ForkContext')"),
        ("mp.set_start_method(None, force=True)", NOTHING),
        ("mp.set_start_method('forkserver')", NOTHING),
        ("type(mp.get_context()).__name__", "('returned', 'ForkServerContext')"),
    ],
    "used": [
        (
            "mp.get_start_method() == mp.get_all_start_methods()[0]",
            "('returned', True)",
        ),
        ("mp.set_start_method('spawn')", TWICE),
    ],
    "used as a context": [
        ("mp.get_context() is not None", "('returned', True)"),
        ("mp.set_start_method('spawn')", TWICE),
    ],
    "a context by name is no choice": [
        ("mp.get_context('fork') is not None", "('returned', True)"),
        ("mp.set_start_method('spawn')", NOTHING),
    ],
}
FOR_BOTH = [
    ("mp.set_start_method('spawn')", NOTHING),
    ("multiprocessing.get_start_method()", "('returned', 'spawn')"),
    ("multiprocessing.set_start_method('forkserver', force=True)", NOTHING),
    ("mp.get_context().get_start_method()", "('returned', 'forkserver')"),
]


@pytest.mark.parametrize("case", CHOICES)
def test_choice_is_made_once(impl, case):
    check(impl, CHOICES[case])


def test_choice_is_one_for_both(impl):
    check(impl, FOR_BOTH)


def check(impl, case):
    questions, answers = zip(*case, strict=True)
    out = support.run_python(CHOICE, impl.package.__name__, *questions)
    assert tuple(out.splitlines()) == answers


# --- what a context starts --------------------------------------------------


@pytest.mark.parametrize("chosen", [False, True])
def test_pool_and_manager_are_started_its_way(impl, start_method, chosen, program):
    """By a context, and by the package when the program has chosen."""
    path = program(
        f"""
        import sys
        import {impl.package.__name__} as mp
        import process_workers as workers
        if __name__ == "__main__":
            ctx = mp
            if {chosen}:
                mp.set_start_method({start_method!r})
            else:
                ctx = mp.get_context({start_method!r})
            with ctx.Pool(1) as pool:
                print(pool.apply(workers.start_method))
            with ctx.Manager() as manager:
                print(type(manager).__name__, manager.list([1])[:])
                print(type(manager._process).__name__)
        """
    )
    code = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
    out = support.run_python(code, path).splitlines()
    kind = minimp.get_context(start_method).Process.__name__
    assert out == [start_method, "SyncManager [1]", kind]


def test_pool_of_a_context(impl, start_method):
    ctx = impl.package.get_context(start_method)
    with ctx.Pool(2, workers.nothing, (1,), 1) as pool:
        assert {type(one) for one in pool._pool} == {ctx.Process}
        assert pool.map(abs, [-1, -2]) == [1, 2]
        pool.close()
        pool.join()


def test_executor_of_a_context(impl, start_method):
    """`concurrent.futures` asks a context for processes, locks and queues."""
    ctx = impl.package.get_context(start_method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=ctx) as executor:
        assert list(executor.map(abs, [-1, -2], timeout=support.TIMEOUT)) == [1, 2]
        future = executor.submit(workers.start_method)
        assert future.result(support.TIMEOUT) == start_method


def test_executor_sees_that_a_worker_is_lost(impl, start_method):
    ctx = impl.package.get_context(start_method)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=ctx) as executor:
        future = executor.submit(workers.end_by, 9)
        error = concurrent.futures.process.BrokenProcessPool
        with pytest.raises(error):
            future.result(support.TIMEOUT)


def test_pool_and_manager_of_cpython_with_our_context(start_method):
    ctx = minimp.get_context(start_method)
    check_pool_and_manager(multiprocessing, ctx, start_method)


def test_our_pool_and_manager_with_a_context_of_cpython(start_method):
    ctx = multiprocessing.get_context(start_method)
    check_pool_and_manager(minimp, ctx, start_method)


def check_pool_and_manager(package, ctx, start_method):
    """Those of `package` start processes of `ctx`, which do their work."""
    with package.pool.Pool(1, context=ctx) as pool:
        assert {type(one) for one in pool._pool} == {ctx.Process}
        assert pool.apply(workers.start_method) == start_method
        pool.close()
        pool.join()
    with package.managers.SyncManager(ctx=ctx) as manager:
        assert type(manager._process) is ctx.Process
        assert manager.list([1])[:] == [1]


def test_executable_is_one_for_both():
    executable = multiprocessing.spawn.get_executable()
    try:
        minimp.set_executable("/no/such/python")
        chosen = multiprocessing.spawn.get_executable()
    finally:
        multiprocessing.set_executable(executable)
    assert os.fsdecode(chosen) == "/no/such/python"
    assert os.fsdecode(executable) == sys.executable


PACKAGES = pytest.mark.parametrize(
    "package", [multiprocessing, minimp], ids=["cpython", "minimp"]
)


@PACKAGES
def test_workers_of_a_pool_of_the_package_tell_the_chosen_method(package):
    chosen = package.get_context().Process
    with package.Pool(1) as pool:
        assert type(pool._pool[0]) is chosen
        kind = chosen.__name__.replace("Process", "PoolWorker")
        assert pool._pool[0].name.partition("-")[0] == kind
        pool.close()
        pool.join()
