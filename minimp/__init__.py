"""The part of multiprocessing that shares state, small enough to read.

Read the modules in this order; each needs only those above it.
"""

# What is not re-told: processes, and the messages between them.
from ._borrowed import (
    Pool,
    Process,
    Queue,
    active_children,
    current_process,
    get_start_method,
    set_start_method,
)

# Blocks of memory that several processes map.
from .heap import BufferWrapper

# A semaphore in such a block (semlock), and what is built of semaphores.
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

# Objects in a server process, and proxies for them.
from .managers import (
    BaseManager,
    BaseProxy,
    Manager,
    ManagerGoneError,
    RemoteError,
    SyncManager,
)

__all__ = ["Pool", "Process", "Queue", "active_children"]
__all__ += ["current_process", "get_start_method", "set_start_method"]
__all__ += ["BufferWrapper"]
__all__ += ["Barrier", "BoundedSemaphore", "Condition", "Event"]
__all__ += ["Lock", "RLock", "Semaphore"]
__all__ += ["Array", "RawArray", "RawValue", "Value"]
__all__ += ["copy", "synchronized"]
__all__ += ["Client", "Connection", "Listener", "Pipe"]
__all__ += ["BaseManager", "BaseProxy", "Manager", "ManagerGoneError"]
__all__ += ["RemoteError", "SyncManager"]
