"""The part of multiprocessing that shares state, small enough to read.

Read the modules in this order; each needs only those above it.
"""

# What is not re-told.
# Left out: allow_connection_pickling, freeze_support, get_logger,
# log_to_stderr, reducer -- context.py says why.
from ._borrowed import (
    AuthenticationError,
    BufferTooShort,
    ProcessError,
    TimeoutError,
)

# Functions that run in processes of their own.
# Differs: Process(kwargs) is None by default, as in CPython since 3.14
# (test_default_of_kwargs).
from .process import (
    Process,
    active_children,
    current_process,
    parent_process,
)

# Blocks of memory that several processes map.
from .heap import BufferWrapper

# A semaphore in such a block (semlock), and what is built of semaphores.
# Differs: Barrier, BoundedSemaphore, Condition, Event, Lock, RLock and
# Semaphore are classes here; CPython's are functions that choose the start
# method (test_locks_of_the_package_are_classes).
from .synchronize import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    Lock,
    RLock,
    Semaphore,
)

# A ctypes object in such a block, and a lock beside it.
from .sharedctypes import (
    Array,
    RawArray,
    RawValue,
    Value,
    copy,
    synchronized,
)

# Messages on a stream of bytes.
from .connection import Client, Connection, Listener, Pipe

# Pipes that many may use.
# Differs: JoinableQueue, Queue and SimpleQueue are classes here; CPython's
# are functions that choose the start method
# (test_queues_of_the_package_are_classes).
from .queues import JoinableQueue, Queue, SimpleQueue

# Processes that run functions, one after the other.
from .pool import WorkerLostError

# Objects in a server process, and proxies for them.
from .managers import (
    BaseManager,
    BaseProxy,
    ManagerGoneError,
    RemoteError,
    SyncManager,
)

# All of this, for a way to start a process; and which one is chosen.
from .context import _default_context

Manager = _default_context.Manager
Pool = _default_context.Pool
cpu_count = _default_context.cpu_count
get_all_start_methods = _default_context.get_all_start_methods
get_context = _default_context.get_context
get_start_method = _default_context.get_start_method
set_executable = _default_context.set_executable
set_forkserver_preload = _default_context.set_forkserver_preload
set_start_method = _default_context.set_start_method

__all__ = ["AuthenticationError", "BufferTooShort", "ProcessError"]
__all__ += ["TimeoutError"]
__all__ += ["Process", "active_children", "current_process"]
__all__ += ["parent_process"]
__all__ += ["BufferWrapper"]
__all__ += ["Barrier", "BoundedSemaphore", "Condition", "Event"]
__all__ += ["Lock", "RLock", "Semaphore"]
__all__ += ["Array", "RawArray", "RawValue", "Value"]
__all__ += ["copy", "synchronized"]
__all__ += ["Client", "Connection", "Listener", "Pipe"]
__all__ += ["JoinableQueue", "Queue", "SimpleQueue"]
__all__ += ["WorkerLostError"]
__all__ += ["BaseManager", "BaseProxy", "ManagerGoneError"]
__all__ += ["RemoteError", "SyncManager"]
__all__ += ["Manager", "Pool", "cpu_count", "get_all_start_methods"]
__all__ += ["get_context", "get_start_method", "set_executable"]
__all__ += ["set_forkserver_preload", "set_start_method"]
