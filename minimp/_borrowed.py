"""The only door to CPython's own package, and why each name comes through.

No other module of minimp imports ``multiprocessing``.  What stands here is
used as it is and not re-told.
"""

# The start method is a choice of the program, and made once for both.
from multiprocessing import get_all_start_methods
from multiprocessing import get_start_method, set_start_method

# Which process this is, who started it, and which children it has: there
# is one answer for both, or each would end without the other's children.
from multiprocessing import process as state

# A server that forks children of itself: what those then do is what a
# spawned child does; what it does itself is a service like any other.
from multiprocessing.forkserver import _forkserver as forkserver
from multiprocessing.forkserver import get_inherited_fds, read_signed

# Which interpreter the program wants to be started, what the fork server
# is to import, and the words for a program that has forgotten to guard its
# `__main__`.
from multiprocessing import set_executable, set_forkserver_preload
from multiprocessing.spawn import get_executable
from multiprocessing.spawn import (
    _check_not_importing_main as check_not_importing_main,
)

# How to start a program that inherits these descriptors and no others,
# and with what flags this interpreter was started.
from multiprocessing.util import spawnv_passfds
from multiprocessing.util import (
    _args_from_interpreter_flags as args_from_interpreter_flags,
)

# The other end of `Finalize` and `register_after_fork` below: what is to
# be done in a child that begins, and in a process that ends.
from multiprocessing.util import _exit_function as exit_function
from multiprocessing.util import _finalizer_registry as finalizer_registry
from multiprocessing.util import _run_after_forkers as run_after_forkers

# Takes away what CPython's objects leave behind; ours leave nothing.
from multiprocessing.resource_tracker import (
    _resource_tracker as resource_tracker,
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
from multiprocessing.context import get_spawning_popen, set_spawning_popen

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
