"""Differences that show in how a name is declared (see `python -m compare api`)."""

import importlib
import inspect
import multiprocessing
import sys

import pytest

import minimp
from compare.probe import MODULES

LOCKS = "Barrier BoundedSemaphore Condition Event Lock RLock Semaphore".split()
QUEUES = "JoinableQueue Queue SimpleQueue".split()


def load(name, module):
    return importlib.import_module(f"{MODULES[name]}.{module}")


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_of_the_package_are_classes(lock):
    assert inspect.isclass(getattr(minimp, lock))
    assert inspect.ismethod(getattr(multiprocessing, lock))


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_of_the_package_are_classes(queue):
    assert inspect.isclass(getattr(minimp, queue))
    assert inspect.ismethod(getattr(multiprocessing, queue))


def test_auto_proxy_is_a_class():
    assert inspect.isclass(load("minimp", "managers").AutoProxy)
    assert inspect.isfunction(load("cpython", "managers").AutoProxy)


@pytest.mark.parametrize("name", MODULES)
def test_default_of_kwds_is_not_shared(name):
    managers = load(name, "managers")
    functions = [managers.dispatch, managers.BaseProxy._callmethod]
    defaults = [inspect.signature(one).parameters["kwds"].default for one in functions]
    assert defaults == ([{}, {}] if name == "cpython" else [None, None])


@pytest.mark.parametrize(
    ("proxy", "method", "args", "refusal"),
    [
        ("ConditionProxy", "wait", (1, 2), "takes from 1 to 2 positional arguments"),
        ("ConditionProxy", "notify", (1, 2), "takes from 1 to 2 positional arguments"),
        ("EventProxy", "wait", (1, 2), "takes from 1 to 2 positional arguments"),
        ("BarrierProxy", "wait", (1, 2), "takes from 1 to 2 positional arguments"),
        ("ValueProxy", "set", (1, 2), "takes 2 positional arguments"),
    ],
)
@pytest.mark.parametrize("name", MODULES)
def test_methods_of_proxies_take_any_arguments(name, proxy, method, args, refusal):
    cls = getattr(load(name, "managers"), proxy)
    calls = []

    class Recorder(cls):
        def __init__(self):
            pass

        def _callmethod(self, *call):
            calls.append(call)

    if name == "cpython":
        text = rf"{proxy}.{method}\(\) {refusal} but 3 were given"
        with pytest.raises(TypeError, match=text):
            getattr(Recorder(), method)(*args)
    else:
        getattr(Recorder(), method)(*args)
        assert calls == [(method, args, {})]


@pytest.mark.parametrize("name", MODULES)
def test_sizes_are_those_of_3_14(name):
    connection = load(name, "connection")
    version = sys.version_info[:2] if name == "cpython" else (3, 14)
    assert connection.BUFSIZE == (2**16 if version >= (3, 14) else 2**13)
    assert connection.MESSAGE_LENGTH == (40 if version >= (3, 12) else 20)
