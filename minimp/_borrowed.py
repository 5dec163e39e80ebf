"""The only door to CPython's own package, and why each name comes through.

No other module of minimp imports ``multiprocessing``.  What stands here is
used as it is and not re-told.
"""

# Starting a process is a book of its own.  What minimp makes can be an
# argument of these, under every start method.
from multiprocessing import (
    Pool,
    Process,
    Queue,
    active_children,
    current_process,
    get_context,
    get_start_method,
    parent_process,
    set_start_method,
)

# A child that is being spawned gets a copy of a descriptor by the same
# road on which its arguments travel.
from multiprocessing.reduction import DupFd

# The pickler of those arguments: what is registered here is pickled our
# way there, and the plain way elsewhere.
from multiprocessing.reduction import ForkingPickler, register

# Knows whether a child is being spawned at this moment, and has the words
# for those who pickle a lock at any other.
from multiprocessing.context import assert_spawning

# CPython's semaphore object in C, which serves as the accelerator.
from _multiprocessing import SemLock

# Exceptions that CPython's users catch.
from multiprocessing import AuthenticationError, BufferTooShort
from multiprocessing import ProcessError, TimeoutError

# Whether a process is being spawned, which may be told the key.
from multiprocessing.context import get_spawning_popen

# A key that refuses to be pickled, but for a child that is being spawned.
from multiprocessing.process import AuthenticationString

# An exception that takes the text of its traceback along, by a name that
# every client of CPython knows.
from multiprocessing.pool import ExceptionWithTraceback

# The name by which a token goes over the wire.
from multiprocessing.managers import Token as WireToken

# What has to be done before the process ends, in order, and in children.
from multiprocessing.util import Finalize, register_after_fork

# Where AF_UNIX addresses go, and which of them are no files.
from multiprocessing.util import get_temp_dir
from multiprocessing.util import is_abstract_socket_namespace as is_abstract
