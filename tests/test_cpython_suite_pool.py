"""CPython's own tests of pools, bound to minimp.

As in test_cpython_suite: its classes are subclassed at run time, with minimp's
pool in the place of CPython's, under each start method. Each test has to make a
pool of minimp's or to have it do something, and makes none of CPython's. None is
expected to fail.
"""

import functools
import multiprocessing
import multiprocessing.pool
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS

import minimp.pool

AREA = "pools"  # in the scoreboard
BOUND = """
    _TestPool _TestPoolWorkerErrors _TestPoolWorkerLifetime TestPoolNotLeakOnFailure
""".split()
OURS, THEIRS = minimp.pool, multiprocessing.pool

_LIFETIME = "_TestPoolWorkerLifetime"
NOT_OURS = {
    f"{_LIFETIME}.test_worker_finalization_via_atexit_handler_of_multiprocessing": (
        "a program of its own, which imports CPython's Pool"
    ),
}
SLOW = ["test_async", "test_map_no_failfast", "test_pool_worker_lifetime_early_close"]


class Pools(binding.Bound):
    ours = [(OURS.Pool,), (OURS.ApplyResult,), (OURS.IMapIterator,)]
    theirs = [(THEIRS.Pool,), (THEIRS.ApplyResult,), (THEIRS.IMapIterator,)]

    @staticmethod
    def redirect():
        error = OURS.MaybeEncodingError
        redirected = binding.Redirected(pool=OURS, Pool=OURS.Pool)
        return [
            mock.patch.object(suite, "multiprocessing", redirected),
            mock.patch.object(THEIRS, "MaybeEncodingError", error),
        ]


def bind(name, method):
    """Return the class `name` of CPython's tests, bound under a start method."""
    ctx = multiprocessing.get_context(method)
    return binding.bind(
        getattr(suite, name),
        (Pools,),
        method,
        slow=SLOW,
        without=NOT_OURS,
        __module__=__name__,  # where a spawned child finds it again
        TYPE="processes",
        Pool=staticmethod(functools.partial(OURS.Pool, context=ctx)),
    )


CLASSES = [bind(name, method) for method in START_METHODS for name in BOUND]
globals().update({cls.__name__: cls for cls in CLASSES})


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES, NOT_OURS)
