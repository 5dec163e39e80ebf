"""All of the package, for one way to start a process.

::

    get_context("spawn")  -->  Process  starts afresh
                               Pool     has such workers
                               Manager  has such a server
                               Lock ... as ever: how a process was started
                                        means nothing to it

The package itself follows the choice of the program.  That is made once,
and `multiprocessing` keeps it: there is one choice for both.
"""

# CPython: context

import os

from . import process, queues, sharedctypes, synchronize
from ._borrowed import (
    AuthenticationError,
    BufferTooShort,
    ProcessError,
    TimeoutError,
    get_all_start_methods,
    get_start_method,
    set_executable,
    set_forkserver_preload,
    set_start_method,
)
from .connection import Pipe
from .managers import SyncManager
from .pool import Pool

# Left out: ProcessError, BufferTooShort, TimeoutError, AuthenticationError
# -- they are borrowed: programs catch both packages' by one name.
# Left out: get_spawning_popen, set_spawning_popen, assert_spawning -- they
# are borrowed: who travels to a child need not know whose child it is.
# Left out: Process -- it is that of process.py.
# Left out: DefaultContext(context) -- the choice is not kept here.
# Differs: kwargs of a Process is None by default, as in CPython since 3.14
# (test_default_of_kwargs).


class BaseContext:
    """What the contexts have in common.

    CPython: context.BaseContext
    """

    # Differs: Lock, RLock, Condition, Semaphore, BoundedSemaphore, Event,
    # Barrier, Queue, JoinableQueue and SimpleQueue are the classes of the
    # package; CPython's are methods that tell an object its context
    # (test_context_has_the_classes_of_the_package).
    # Left out: get_logger, log_to_stderr -- there is no log.
    # Left out: freeze_support -- it is for Windows.
    # Left out: allow_connection_pickling -- it does nothing since 3.3.
    # Left out: reducer -- the pickler is `multiprocessing`'s.

    AuthenticationError = AuthenticationError
    BufferTooShort = BufferTooShort
    ProcessError = ProcessError
    TimeoutError = TimeoutError

    current_process = staticmethod(process.current_process)
    parent_process = staticmethod(process.parent_process)
    active_children = staticmethod(process.active_children)

    def cpu_count(self):
        """Return how many processors the machine has.

        CPython: context.BaseContext.cpu_count
        """
        if (num := os.cpu_count()) is None:
            raise NotImplementedError("cannot determine number of cpus")
        return num

    def Manager(self):
        """Return a SyncManager whose server is running.

        CPython: context.BaseContext.Manager
        """
        m = SyncManager(ctx=self.get_context())
        m.start()
        return m

    Pipe = staticmethod(Pipe)
    Lock = synchronize.Lock
    RLock = synchronize.RLock
    Condition = synchronize.Condition
    Semaphore = synchronize.Semaphore
    BoundedSemaphore = synchronize.BoundedSemaphore
    Event = synchronize.Event
    Barrier = synchronize.Barrier
    Queue = queues.Queue
    JoinableQueue = queues.JoinableQueue
    SimpleQueue = queues.SimpleQueue

    def Pool(
        self,
        processes=None,
        initializer=None,
        initargs=(),
        maxtasksperchild=None,
    ):
        """Return a Pool of processes that are started this way.

        CPython: context.BaseContext.Pool
        """
        args = processes, initializer, initargs, maxtasksperchild
        return Pool(*args, context=self.get_context())

    RawValue = staticmethod(sharedctypes.RawValue)
    RawArray = staticmethod(sharedctypes.RawArray)
    Value = staticmethod(sharedctypes.Value)
    Array = staticmethod(sharedctypes.Array)

    set_executable = staticmethod(set_executable)
    set_forkserver_preload = staticmethod(set_forkserver_preload)

    def get_context(self, method=None):
        """Return the context called *method*; this one for None.

        Raises ValueError when there is none.

        CPython: context.BaseContext.get_context
        """
        if method is None:
            return self
        try:
            return _concrete_contexts[method]
        except KeyError:
            raise ValueError(
                f"cannot find context for {method!r}"
            ) from None

    def get_start_method(self, allow_none=False):
        """Return its name.

        CPython: context.BaseContext.get_start_method
        """
        return self._name

    def set_start_method(self, method, force=False):
        """Raise ValueError: only the program makes a choice.

        CPython: context.BaseContext.set_start_method
        """
        raise ValueError("cannot set start method of concrete context")


class DefaultContext(BaseContext):
    """The one that the program has chosen, or will have by its first use.

    CPython: context.DefaultContext
    """

    Process = process.Process

    def get_context(self, method=None):
        """Return the context called *method*; for None, the one chosen.

        CPython: context.DefaultContext.get_context
        """
        if method is None:
            method = get_start_method()
        return super().get_context(method)

    set_start_method = staticmethod(set_start_method)
    get_start_method = staticmethod(get_start_method)
    get_all_start_methods = staticmethod(get_all_start_methods)


class ForkProcess(process.Process):
    """One that is a copy.  CPython: context.ForkProcess"""

    _start_method = "fork"


class SpawnProcess(process.Process):
    """One that starts afresh.  CPython: context.SpawnProcess"""

    _start_method = "spawn"


class ForkServerProcess(process.Process):
    """A copy of a server that has done nothing yet.

    CPython: context.ForkServerProcess
    """

    _start_method = "forkserver"


class ForkContext(BaseContext):
    """CPython: context.ForkContext"""

    _name = "fork"
    Process = ForkProcess


class SpawnContext(BaseContext):
    """CPython: context.SpawnContext"""

    _name = "spawn"
    Process = SpawnProcess


class ForkServerContext(BaseContext):
    """CPython: context.ForkServerContext"""

    _name = "forkserver"
    Process = ForkServerProcess


_concrete_contexts = {
    "fork": ForkContext(),
    "spawn": SpawnContext(),
    "forkserver": ForkServerContext(),
}
_default_context = DefaultContext()
