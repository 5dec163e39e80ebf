"""Both implementations behind one interface, and helpers for processes.

Importable from every child process: a worker gets objects as arguments,
or the name of an implementation, which `load` turns into the interface.
"""

import _multiprocessing
import functools
import itertools
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.heap
import multiprocessing.process
import multiprocessing.sharedctypes
import multiprocessing.synchronize
import os
import re
import subprocess
import sys
import time
import types
from importlib import import_module

START_METHODS = ("fork", "spawn", "forkserver")
SYNCHRONIZE_NAMES = (
    "Lock RLock Semaphore BoundedSemaphore Condition Event Barrier".split()
)
SHARED_NAMES = "Value Array RawValue RawArray copy synchronized".split()
QUEUE_NAMES = "Queue JoinableQueue SimpleQueue".split()

# CPython's named semaphores begin with it, here and in every child, also in
# an interpreter that a test starts: so we know them from those of others, also
# of those who run other tests meanwhile (pytest -n).
_VARIABLE = "MINIMP_TEST_PREFIX_" + os.environ.get("PYTEST_XDIST_WORKER", "")
PREFIX = os.environ.setdefault(_VARIABLE, f"mp{os.getpid()}")
multiprocessing.current_process()._config["semprefix"] = f"/{PREFIX}"

# Long enough for a loaded machine; only a hang ever waits this long.
TIMEOUT = 30.0


class CPython:
    """The standard library: what is right by definition."""

    name = "cpython"
    ours = False
    package = multiprocessing
    process = multiprocessing.process
    heap = multiprocessing.heap
    synchronize = multiprocessing.synchronize
    sharedctypes = multiprocessing.sharedctypes

    _names = itertools.count()

    def __init__(self):
        for name in SYNCHRONIZE_NAMES:
            setattr(self, name, getattr(multiprocessing, name))
        for name in SHARED_NAMES:
            setattr(self, name, getattr(self.sharedctypes, name))

    def semlock(self, kind, value, maxvalue):
        """Make the C object that the locks are built from."""
        name = f"/minimp-test-{os.getpid()}-{next(self._names)}"
        return _multiprocessing.SemLock(kind, value, maxvalue, name, True)

    def context(self, method):
        ctx = multiprocessing.get_context(method)
        made = {name: getattr(self, name) for name in SHARED_NAMES}
        for name in ("Value", "Array", "synchronized"):
            made[name] = functools.partial(made[name], ctx=ctx)
        return _with_processes(ctx, made)


class Minimp:
    """The re-telling, with the accelerator or in pure Python."""

    ours = True

    def __init__(self, name):
        self.name = name
        # Here, so that the cpython leg runs while minimp is broken.
        self.package = import_module("minimp")
        self.heap = import_module("minimp.heap")
        self._semlock = import_module("minimp.semlock")
        self.synchronize = import_module("minimp.synchronize")
        self.sharedctypes = import_module("minimp.sharedctypes")
        self.process = import_module("minimp.process")
        for name in SYNCHRONIZE_NAMES:
            setattr(self, name, getattr(self.synchronize, name))
        for name in SHARED_NAMES:
            setattr(self, name, getattr(self.sharedctypes, name))
        for name in QUEUE_NAMES:
            setattr(self, name, getattr(import_module("minimp.queues"), name))

    def semlock(self, kind, value, maxvalue):
        """Make the low-level object over a fresh `sem_t`."""
        block = self._semlock.new_semaphore(value)
        return self._semlock.rebuild(block, kind, maxvalue)

    def context(self, method):
        if method == "forkserver":
            _forkserver_with(os.environ.get("MINIMP_PURE"))
        made = {name: getattr(self, name) for name in SHARED_NAMES}
        return _with_processes(self.package.get_context(method), made)


def _with_processes(ctx, made):
    names = [*SYNCHRONIZE_NAMES, "Process", "Pool", "Pipe", *QUEUE_NAMES]
    made |= {name: getattr(ctx, name) for name in names}
    return types.SimpleNamespace(**made)


@functools.cache
def load(name):
    """Return the implementation called `name`."""
    return CPython() if name == "cpython" else Minimp(name)


# --- pure Python locks ------------------------------------------------------

_forkserver_pure = None  # MINIMP_PURE as the running fork server saw it


def _forkserver_with(pure):
    """Restart the fork server when it was started with another setting."""
    global _forkserver_pure
    if pure != _forkserver_pure:
        multiprocessing.forkserver._forkserver._stop()
        _forkserver_pure = pure


def use_pure_python_locks(monkeypatch):
    """Use `PythonSemLock` here and in every child started meanwhile."""
    semlock = import_module("minimp.semlock")
    fast, pure = semlock.SemLock, semlock.PythonSemLock
    for module in (semlock, import_module("minimp.synchronize")):
        for name, value in list(vars(module).items()):
            if value is fast:
                monkeypatch.setattr(module, name, pure)
    monkeypatch.setenv("MINIMP_PURE", "1")


# --- processes --------------------------------------------------------------


def finish(*processes, exitcode=0, timeout=TIMEOUT):
    """Join `processes`, kill what hangs, and check every exit code."""
    deadline = time.monotonic() + timeout
    for process in processes:
        process.join(max(0, deadline - time.monotonic()))
    hung = [process for process in processes if process.is_alive()]
    for process in hung:
        process.kill()
        process.join(timeout)
    assert not hung, f"still running after {timeout} s: {hung}"
    codes = [process.exitcode for process in processes]
    assert codes == [exitcode] * len(processes), codes
    for process in processes:
        process.close()


def run(ctx, target, *args, exitcode=0, timeout=TIMEOUT):
    """Run `target(*args)` in a process of `ctx` to its end."""
    process = ctx.Process(target=target, args=args)
    process.start()
    finish(process, exitcode=exitcode, timeout=timeout)


def run_python(code, *args, status=0, timeout=TIMEOUT, **environ):
    """Run `code` in a fresh interpreter; return what it printed."""
    path = [os.path.dirname(__file__), *filter(None, sys.path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)} | environ,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


# --- comparing --------------------------------------------------------------


def outcome(function, *args, **kwargs):
    """Return what a call does as a value: its result or its error."""
    try:
        return "returned", function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)


# --- looking into a heap ----------------------------------------------------


def blocks_in_use(heap):
    """Return the set of blocks handed out (and, in minimp, retired)."""
    return {
        (arena, start, stop)
        for arena, blocks in heap._allocated_blocks.items()
        for start, stop in blocks
    }


def free_blocks(heap):
    """Return the list of blocks that may be handed out."""
    return [block for seq in heap._len_to_seq.values() for block in seq]


def check_heap(heap):
    """Check that blocks tile every arena, and that the tables agree.

    Tiling says in one: no overlap, no gap, free + used = size.
    """
    free, used = free_blocks(heap), blocks_in_use(heap)
    for length, seq in heap._len_to_seq.items():
        assert seq and {stop - start for _, start, stop in seq} == {length}
    assert heap._lengths == sorted(heap._len_to_seq)
    assert {arena for arena, _, _ in [*free, *used]} == set(heap._arenas)
    for arena in heap._arenas:
        blocks = sorted(b[1:] for b in [*free, *used] if b[0] is arena)
        stops = [0, *[stop for _, stop in blocks]]
        assert [start for start, _ in blocks] == stops[:-1]
        assert stops[-1] == arena.size == len(arena.buffer)
        assert all(start % heap._alignment == 0 for start, _ in blocks)


def file_of(arena):
    """Return what tells the file behind `arena` from any other."""
    status = os.fstat(arena.fd)
    return status.st_dev, status.st_ino


def is_open(file):
    """Return whether this process has a descriptor of `file`."""
    return any((status.st_dev, status.st_ino) == file for status in _open_files())


def _open_files():
    for number in os.listdir("/proc/self/fd"):
        try:
            yield os.fstat(int(number))
        except OSError:  # the one that listed the folder
            pass


def is_mapped(file):
    """Return whether this process maps `file`."""
    inode = str(file[1])
    with open("/proc/self/maps") as maps:
        return any(line.split()[4] == inode for line in maps)


def name_of(value):
    """Return a name for a test's case, the same one in each process."""
    return re.sub(r" at 0x\w+", "", str(value))
