"""CPython's own tests of processes, bound to minimp.

As in test_cpython_suite: its classes are subclassed at run time, with minimp's
Process in the place of CPython's, under each start method. Each test has to make a
process of minimp or to ask which one it runs in, and makes none of CPython's.
None is expected to fail.
"""

import functools
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.process
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS

import minimp
import minimp.process
from compare import pairs
from minimp.context import DefaultContext

AREA = "processes"  # in the scoreboard

OF_PROCESSES = "_TestProcess _TestSubclassingProcess _TestAtExit".split()
OF_PROCESSES += ["_TestPollEintr"]
PLAIN = ["TestStdinBadfiledescriptor", "TestForkAwareThreadLock"]
OF_CONTEXTS = ["TestStartMethod"]
PROGRAMS = ["TestFlags", "TestNoForkBomb"]

# They wait for seconds.
SLOW = """
    test_forkserver_sigint test_forkserver_sigkill test_kill test_many_processes
    test_terminate test_wait_for_threads
""".split()

NOT_OURS = {
    "_TestProcess.test_cpu_count": "a question to the system",
    "TestStartMethod.test_get_all": "a list of CPython's, which is borrowed",
    "TestStartMethod.test_preload_resources": "a module that makes a lock of CPython's",
    "TestStartMethod.test_mixed_startmethod": "a lock of minimp goes to any process",
}
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


class Contexts(Processes):
    ours = [(DefaultContext, "get_context"), *Processes.ours]

    @staticmethod
    def redirect():
        names = {name: getattr(minimp, name) for name in minimp.__all__}
        names["get_context"] = minimp.context._default_context.get_context
        server = multiprocessing.forkserver._forkserver
        preload = list(server._preload_modules)  # a test sets it
        return [
            mock.patch.object(suite, "multiprocessing", binding.Redirected(**names)),
            mock.patch.object(server, "_preload_modules", preload),
        ]


def of_minimp(program):
    """Return the text of a program that is told when it uses a process of CPython's.

    It runs in an interpreter of its own, so nothing can be counted there.
    """
    return f"""
import sys
sys.path.insert(0, {str(pairs.ROOT)!r})
import minimp, multiprocessing.process
multiprocessing.process.BaseProcess.__init__ = None
{program}
"""


class Programs(Processes):
    ours = [(sys.modules[__name__], "of_minimp")]

    def redirect(self):
        helper = suite.test.support.script_helper
        run = {
            name: functools.partial(self.run_file, getattr(helper, name))
            for name in ("assert_python_ok", "assert_python_failure")
        }
        return [
            mock.patch.multiple(helper, **run),
            mock.patch.object(subprocess, "check_output", self.run_command),
        ]

    def run_file(self, run, path, *args):
        """Run a program of CPython's tests, with minimp's name in it."""
        program = Path(path).read_text("utf-8").replace("multiprocessing", "minimp")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "program.py")
            copy.write_text(of_minimp(program), "utf-8")
            return run(str(copy), *args)

    @staticmethod
    def run_command(command):
        *command, program = command
        tests = "import test._test_multiprocessing as tests"
        program = of_minimp(f"{tests}; tests.multiprocessing = minimp\n{program}")
        done = subprocess.run([*command, program], capture_output=True, check=True)
        return done.stdout


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
    kind = (Processes,)
    if name in OF_PROCESSES:
        kind = (Processes, suite.ProcessesMixin)
    elif name not in PLAIN:
        kind = (Contexts if name in OF_CONTEXTS else Programs,)
    return binding.bind(
        getattr(suite, name),
        kind,
        method,
        slow=SLOW,
        without=NOT_OURS | skipped,
        __module__=__name__,  # where a spawned child finds it again
        **body,
    )


CLASSES = [
    bind(name, method)
    for method in START_METHODS
    for name in OF_PROCESSES + PLAIN + OF_CONTEXTS + PROGRAMS
    if hasattr(suite, name)  # older ones have no _TestAtExit
]
globals().update({cls.__name__: cls for cls in CLASSES})


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES, {**NOT_OURS, **ONLY_UNDER})
