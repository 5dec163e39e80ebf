"""CPython's own tests of queues, bound to minimp.

As in test_cpython_suite: its classes are subclassed at run time, with minimp's
queues and locks in the place of CPython's, under each start method. Each test
has to make a queue of minimp's, and makes none of CPython's. None is expected to
fail.
"""

import multiprocessing
import multiprocessing.queues
import sys
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS

import minimp
import minimp.queues

AREA = "queues"  # in the scoreboard
OF_PROCESSES = ["_TestQueue"]
PLAIN = ["TestSimpleQueue"]
MAKERS = "Queue JoinableQueue SimpleQueue Event".split()
MADE_BY_US = {name: getattr(minimp, name) for name in MAKERS}
OURS, THEIRS = minimp.queues, multiprocessing.queues


class QueueInContext(OURS.Queue):
    """One test subclasses it, and passes on what CPython's needs to know."""

    def __init__(self, maxsize=0, *, ctx):
        super().__init__(maxsize)


class Queues(binding.Bound):
    ours = [(OURS.Queue,), (OURS.SimpleQueue,)]
    theirs = [(THEIRS.Queue,), (THEIRS.SimpleQueue,)]

    def redirect(self):
        queues = mock.Mock(Queue=QueueInContext)
        redirected = binding.Redirected(queues=queues, **MADE_BY_US)
        patches = [mock.patch.object(suite, "multiprocessing", redirected)]
        if self._testMethodName == "test_no_import_lock_contention":
            modules = {"multiprocessing": redirected}  # a module of its own asks
            patches.append(mock.patch.dict(sys.modules, modules))
        return patches


Makers = type(
    "Makers", (), {name: staticmethod(make) for name, make in MADE_BY_US.items()}
)


def bind(name, method):
    """Return the class `name` of CPython's tests, bound under a start method."""
    mixin = (Makers, suite.ProcessesMixin) if name in OF_PROCESSES else ()
    return binding.bind(
        getattr(suite, name),
        (Queues, *mixin),
        method,
        __module__=__name__,  # where a spawned child finds it again
        Process=multiprocessing.get_context(method).Process,
    )


CLASSES = [
    bind(name, method) for method in START_METHODS for name in OF_PROCESSES + PLAIN
]
globals().update({cls.__name__: cls for cls in CLASSES})


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES)
