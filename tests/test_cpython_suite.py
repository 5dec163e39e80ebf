"""CPython's own tests, bound to minimp.

Nothing of CPython's is copied: its test classes are subclassed at run time,
with minimp's makers in the place of `multiprocessing`'s, and what the tests
reach for in the module `multiprocessing` itself is redirected. Each class is
bound under each start method; those of fork run by default, all with --slow.

That a test passes says nothing if it never met minimp. So every one of them
counts what was made while it ran: of minimp at least one block of memory, of
CPython none, and no lock either, but for those that USES_A_QUEUE names. None of
them is expected to fail.
"""

import multiprocessing
import multiprocessing.heap
import multiprocessing.synchronize
import os
import subprocess
import sys
from unittest import mock

import cpython_binding as binding
import pytest
from cpython_binding import suite
from support import START_METHODS, TIMEOUT

import minimp
import minimp.heap
import minimp.sharedctypes

AREA = "shared memory and locks"  # in the scoreboard
BOUND = """
    _TestValue _TestArray _TestSharedCTypes _TestHeap _TestLock _TestSemaphore
    _TestCondition _TestEvent _TestBarrier
""".split()
MAKERS = """
    Lock RLock Semaphore BoundedSemaphore Condition Event Barrier
    Value Array RawValue RawArray
""".split()

# A queue brings locks of its own, and it is CPython's.
USES_A_QUEUE = {"_TestBarrier.test_wait_return"}

MADE_BY_US = {name: getattr(minimp, name) for name in MAKERS}
Makers = type(
    "Makers", (), {name: staticmethod(make) for name, make in MADE_BY_US.items()}
)


class Minimp(binding.Bound, Makers, suite.ProcessesMixin):
    """What CPython's ProcessesMixin is, with minimp's makers."""

    ours = [(minimp.heap.BufferWrapper,)]
    theirs = [(multiprocessing.heap.BufferWrapper,)]
    theirs += [(multiprocessing.synchronize.SemLock,)]
    meets_cpython = USES_A_QUEUE

    @staticmethod
    def redirect():
        redirected = binding.Redirected(heap=minimp.heap, **MADE_BY_US)
        return [
            mock.patch.multiple(
                suite,
                multiprocessing=redirected,
                Value=minimp.sharedctypes.Value,
                copy=minimp.sharedctypes.copy,
            )
        ]


def bind(name, method):
    """Return the class `name` of CPython's tests, bound under a start method."""
    ctx = multiprocessing.get_context(method)
    return binding.bind(
        getattr(suite, name),
        (Minimp,),
        method,
        __module__=__name__,  # where a spawned child finds it again
        Process=ctx.Process,
        Queue=staticmethod(ctx.Queue),
        Pipe=staticmethod(ctx.Pipe),
    )


CLASSES = [bind(name, method) for method in START_METHODS for name in BOUND]
globals().update({cls.__name__: cls for cls in CLASSES})


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES)


@pytest.mark.slow
def test_pure_python_passes_too():
    """The same classes again, in interpreters that run without C."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "4", "--slow", __file__]
        + ["-p", "no:cacheprovider", "-k", "ForkTest or SpawnTest or ForkserverTest"],
        env=os.environ | {"MINIMP_PURE": "1"},
        capture_output=True,
        text=True,
        timeout=4 * TIMEOUT,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
