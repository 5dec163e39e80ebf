"""CPython's own tests of processes, bound to minimp.

As in test_cpython_suite: its classes are subclassed at run time, with minimp's
Process in the place of CPython's, under each start method. Each test has to make a
process of minimp or to ask which one it runs in, and makes none of CPython's.
None is expected to fail.
"""

import multiprocessing
import multiprocessing.process
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS

import minimp
import minimp.process

AREA = "processes"  # in the scoreboard

OF_PROCESSES = "_TestProcess _TestSubclassingProcess _TestAtExit".split()
OF_PROCESSES += ["_TestPollEintr"]
PLAIN = ["TestStdinBadfiledescriptor"]

# They wait for seconds.
SLOW = """
    test_forkserver_sigint test_forkserver_sigkill test_kill test_many_processes
    test_terminate test_wait_for_threads
""".split()

NOT_OURS = {"_TestProcess.test_cpu_count": "a question to the system"}
ONLY_UNDER = {  # the others skip them
    "_TestProcess.test_child_fd_inflation": ("spawn", "forkserver"),
    "_TestProcess.test_forkserver_sigint": ("forkserver",),
    "_TestProcess.test_forkserver_sigkill": ("forkserver",),
}

_of_cpython = dict(vars(suite._UpperCaser))
UpperCaser = type("UpperCaser", (minimp.Process,), _of_cpython)
UpperCaser.__module__, UpperCaser.__qualname__ = __name__, "UpperCaser"


class Processes(binding.Bound):
    ours = [(minimp.process.Process,), (minimp.process, "current_process")]
    theirs = [(multiprocessing.process.BaseProcess,)]

    @staticmethod
    def redirect():
        redirected = binding.Redirected(Process=minimp.Process)
        return [
            mock.patch.multiple(
                suite, multiprocessing=redirected, _UpperCaser=UpperCaser
            )
        ]

    Process = minimp.Process
    active_children = staticmethod(minimp.active_children)
    parent_process = staticmethod(minimp.parent_process)

    @staticmethod
    def current_process():
        return minimp.process.current_process()


def bind(name, method):
    """Return the class `name` of CPython's tests, bound under a start method."""
    ctx = multiprocessing.get_context(method)
    skipped = {
        test: f"a test of {methods}"
        for test, methods in ONLY_UNDER.items()
        if method not in methods
    }
    body = {}
    if name in OF_PROCESSES:
        body = {"Queue": staticmethod(ctx.Queue), "Pipe": staticmethod(ctx.Pipe)}
        body["Event"] = staticmethod(ctx.Event)
    mixin = (suite.ProcessesMixin,) if name in OF_PROCESSES else ()
    return binding.bind(
        getattr(suite, name),
        (Processes, *mixin),
        method,
        slow=SLOW,
        without=NOT_OURS | skipped,
        __module__=__name__,  # where a spawned child finds it again
        **body,
    )


CLASSES = [
    bind(name, method)
    for method in START_METHODS
    for name in OF_PROCESSES + PLAIN
    if hasattr(suite, name)  # older ones have no _TestAtExit
]
globals().update({cls.__name__: cls for cls in CLASSES})


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES, {**NOT_OURS, **ONLY_UNDER})
