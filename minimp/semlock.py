"""A semaphore in shared memory, and the two numbers beside it.

A *semaphore* is a counter that processes can wait for: to acquire is to
take one off it, or to sleep while it is zero; to release is to add one,
which wakes a sleeper.  The C library keeps it in a few bytes, a
``sem_t``.  Here they lie in a block of the heap, so whoever maps the
block shares them::

    in shared memory     in each process
    [ sem_t: 1 ] <------ handle      its address here
                         _acquired   acquired less released, by us
                         _last_tid   the thread of ours that was last

Those two are private on purpose: they say what *this process* did, and
they make a lock of a semaphore, one that knows its owner.

``SemLock`` is written twice, as PEP 399 asks: in Python below, and in C
by CPython, whose code works on our ``sem_t`` too and serves where it can.
Set ``MINIMP_PURE=1`` in the environment to run what you read.
"""

# CPython: Modules/_multiprocessing/semaphore.c

import ctypes
import errno
import math
import mmap
import operator
import os
import threading
import time
import weakref

from . import _borrowed
from .heap import BufferWrapper

RECURSIVE_MUTEX, SEMAPHORE = range(2)
SEM_VALUE_MAX = os.sysconf("SC_SEM_VALUE_MAX")

_SIZEOF_SEM_T = 32  # bytes, for every C library of Linux; some need fewer
_ROOM = 8  # bytes, to keep off the start of a page: see `_address`


class _timespec(ctypes.Structure):
    _fields_ = [("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long)]


def _errcheck(result, function, arguments):
    """Return 0, or the errno of "would wait", "timed out" or "interrupted",
    which are answers and not failures."""
    code = ctypes.get_errno() if result else 0
    if code in (0, errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
        return code
    raise OSError(code, os.strerror(code))


def _declare(library, name, *argtypes):
    """Return function *name* of the C library, called by _errcheck."""
    try:
        function = getattr(library, name)
    except AttributeError:
        raise ImportError(
            f"the C library has no {name}, which minimp.semlock needs;"
            " use multiprocessing.synchronize instead"
        ) from None
    function.argtypes = argtypes
    function.errcheck = _errcheck
    return function


_sem = ctypes.c_void_p
_int_p = ctypes.POINTER(ctypes.c_int)
_timespec_p = ctypes.POINTER(_timespec)

# These come back at once, so they keep the interpreter's lock, ...
_quick = ctypes.PyDLL(None, use_errno=True)
_sem_init = _declare(_quick, "sem_init", _sem, ctypes.c_int, ctypes.c_uint)
_sem_trywait = _declare(_quick, "sem_trywait", _sem)
_sem_post = _declare(_quick, "sem_post", _sem)
_sem_getvalue = _declare(_quick, "sem_getvalue", _sem, _int_p)

# ... and these may sleep, so they let other threads run.
_slow = ctypes.CDLL(None, use_errno=True)
_sem_wait = _declare(_slow, "sem_wait", _sem)
_sem_timedwait = _declare(_slow, "sem_timedwait", _sem, _timespec_p)


def new_semaphore(value):
    """Return a BufferWrapper that holds a ``sem_t`` set to *value*.

    Raises TypeError when *value* is no integer, OverflowError when it
    is none of C, OSError when it is negative.

    CPython: _multiprocessing.SemLock, its ``sem_open``
    """
    # Differs: no name in /dev/shm, so nothing is to be unlinked, and a
    # process that is killed leaves nothing
    # (test_killed_owner_leaves_nothing).
    if not -(2**31) <= operator.index(value) < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    wrapper = BufferWrapper(_SIZEOF_SEM_T + _ROOM)
    _sem_init(_address(wrapper), True, value)
    return wrapper


def _address(wrapper):
    """Return where the ``sem_t`` in *wrapper* lies.

    Named semaphores lie at the start of a page, and ours never does: so
    no ``sem_close`` that is meant for one hits the other.
    """
    address = wrapper.get_address()
    return address if address % mmap.PAGESIZE else address + _ROOM


def _deadline(timeout):
    """Return the moment *timeout* seconds from now, the way of C."""
    fraction, seconds = math.modf(timeout)
    if not seconds < 9e18:  # what C can count to; or it is not a number
        return _timespec(0, -1)  # sem_timedwait refuses this: EINVAL
    wait = int(max(seconds, 0)) * 10**9 + int(max(fraction, 0) * 1e9)
    return _timespec(*divmod(time.time_ns() + wait, 10**9))


class SemLock:
    """Make a lock or a semaphore of the ``sem_t`` at address *handle*.

    *kind* is RECURSIVE_MUTEX, which only its owner may release and which
    its owner may acquire again, or SEMAPHORE, which knows no owner.

    CPython: _multiprocessing.SemLock
    """

    __slots__ = ("handle", "kind", "maxvalue", "name")
    __slots__ += ("_acquired", "_last_tid", "_wrapper", "__weakref__")

    SEM_VALUE_MAX = SEM_VALUE_MAX

    def __init__(self, handle, kind, maxvalue, name):
        self.handle = handle
        self.kind = operator.index(kind)
        self.maxvalue = operator.index(maxvalue)
        self.name = name
        self._acquired = 0
        self._last_tid = 0

    @classmethod
    def _rebuild(cls, handle, kind, maxvalue, name):
        return cls(handle, kind, maxvalue, name)

    def acquire(self, block=True, timeout=None):
        """Take one, and return whether that was possible.

        Waits until it is; for *timeout* seconds at most, or not at all
        if *block* is false.  A signal's handler runs while this waits,
        and what it raises ends the waiting.
        """
        if self.kind == RECURSIVE_MUTEX and self._is_mine():
            self._acquired += 1
            return True
        deadline = None if timeout is None else _deadline(timeout)
        answer = _sem_trywait(self.handle)
        while block and answer in (errno.EAGAIN, errno.EINTR):
            if deadline is None:
                answer = _sem_wait(self.handle)
            else:
                answer = _sem_timedwait(self.handle, deadline)
        if answer:
            return False
        # In this order: the thread that was last must not take a count
        # of one for its own.
        self._last_tid = threading.get_ident()
        self._acquired += 1
        return True

    def release(self):
        """Add one.

        Raises AssertionError where a recursive lock is not owned by the
        calling thread, ValueError where the value is at its maximum.
        """
        if self.kind == RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError(
                    "attempt to release recursive lock not owned by thread"
                )
            if self._acquired > 1:
                self._acquired -= 1
                return
        elif self._get_value() >= self.maxvalue:
            # Between this look and the post, others may post: a guard
            # against mistakes, no guarantee.
            raise ValueError("semaphore or lock released too many times")
        # First, since from the post on another thread may count.
        self._acquired -= 1
        _sem_post(self.handle)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc_info):
        self.release()

    def _count(self):
        """Return how often this process holds it."""
        return self._acquired

    def _is_mine(self):
        """Return whether this thread of this process holds it."""
        return (
            self._acquired > 0 and threading.get_ident() == self._last_tid
        )

    def _get_value(self):
        """Return the counter: how often acquire would not wait."""
        value = ctypes.c_int()
        _sem_getvalue(self.handle, value)
        return value.value

    def _is_zero(self):
        return self._get_value() == 0

    def _after_fork(self):
        """A child holds nothing, whatever its parent holds."""
        self._acquired = 0


PythonSemLock = SemLock


def _accelerated():
    """Return whether CPython's SemLock can work on a ``sem_t`` of ours.

    It ends with a ``sem_close``, which is for semaphores with a name.
    glibc refuses it where no such one lies, and that is harmless.
    """
    glibc = hasattr(_quick, "gnu_get_libc_version")
    return glibc and os.environ.get("MINIMP_PURE", "") in ("", "0")


if _accelerated():

    class SemLock(_borrowed.SemLock):
        """CPython's, with a place to keep the block."""

        __slots__ = ("_wrapper", "__weakref__")


def rebuild(wrapper, kind, maxvalue):
    """Return a SemLock on the ``sem_t`` in *wrapper*.

    CPython: _multiprocessing.SemLock._rebuild
    """
    semlock = SemLock._rebuild(_address(wrapper), kind, maxvalue, None)
    # Here, so that whoever has but its method ``acquire`` has the block.
    semlock._wrapper = wrapper
    _semlocks.add(weakref.ref(semlock, _semlocks.discard))
    return semlock


_semlocks = set()  # weak references to all of this process


def _after_fork():
    # Differs: also after a bare os.fork; CPython's own Process does it
    # for its children alone (test_child_of_a_bare_fork_owns_nothing).
    for reference in list(_semlocks):
        if semlock := reference():
            semlock._after_fork()


os.register_at_fork(after_in_child=_after_fork)

try:
    _sem_init(ctypes.create_string_buffer(_SIZEOF_SEM_T), True, 0)
except OSError as refusal:
    raise ImportError(
        "this system cannot share a semaphore between processes, which"
        " minimp.semlock needs; use multiprocessing.synchronize instead"
    ) from refusal
