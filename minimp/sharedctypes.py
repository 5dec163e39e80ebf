"""Typed views of shared memory, and a lock beside them.

::

    RawValue('i', 7)    a c_int that looks at a block of the heap
    Value('i', 7)       the same, an RLock, and a wrapper that takes the
                        lock for each single access
"""

# CPython: sharedctypes

import ctypes
import weakref

from . import heap
from ._borrowed import ForkingPickler, assert_spawning
from .synchronize import RLock

__all__ = ["RawValue", "RawArray", "Value", "Array"]
__all__ += ["copy", "synchronized"]

# Left out: ctx -- it chose the lock's start method; ours has none.
# Left out: template, prop_cache -- `make_property` writes no source, and is
# called only once for a field.

typecode_to_type = {
    "c": ctypes.c_char,
    "u": ctypes.c_wchar,
    "b": ctypes.c_byte,
    "B": ctypes.c_ubyte,
    "h": ctypes.c_short,
    "H": ctypes.c_ushort,
    "i": ctypes.c_int,
    "I": ctypes.c_uint,
    "l": ctypes.c_long,
    "L": ctypes.c_ulong,
    "q": ctypes.c_longlong,
    "Q": ctypes.c_ulonglong,
    "f": ctypes.c_float,
    "d": ctypes.c_double,
}


def _new_value(type_):
    """Return an object of ctypes type *type_* in a block of zeros."""
    wrapper = heap.BufferWrapper(ctypes.sizeof(type_))
    return rebuild_ctype(type_, wrapper, None)


def RawValue(typecode_or_type, *args):
    """Return a ctypes object in shared memory, without a lock.

    *typecode_or_type* is a key of typecode_to_type or any ctypes type;
    *args* are what that type's constructor takes.  Raises TypeError for
    what is neither.

    CPython: sharedctypes.RawValue
    """
    type_ = typecode_to_type.get(typecode_or_type, typecode_or_type)
    obj = _new_value(type_)
    obj.__init__(*args)
    return obj


def RawArray(typecode_or_type, size_or_initializer):
    """Return a ctypes array in shared memory, without a lock.

    Give its length, and it is zero; or a sequence, and it is a copy.

    CPython: sharedctypes.RawArray
    """
    type_ = typecode_to_type.get(typecode_or_type, typecode_or_type)
    if isinstance(size_or_initializer, int):
        return _new_value(type_ * size_or_initializer)
    obj = _new_value(type_ * len(size_or_initializer))
    values = list(size_or_initializer)
    if len(values) == len(obj):
        obj[:] = values  # the constructor's way takes far longer
    else:
        obj.__init__(*values)
    return obj


def Value(typecode_or_type, *args, lock=True):
    """Return a ctypes object in shared memory, with a lock.

    *lock* is True or None for a new RLock, a lock of yours, or False
    for none: then you get a RawValue.  Raises AttributeError for a
    *lock* that is none.

    CPython: sharedctypes.Value
    """
    obj = RawValue(typecode_or_type, *args)
    return _with_lock(obj, lock)


def Array(typecode_or_type, size_or_initializer, *, lock=True):
    """Return a ctypes array in shared memory, with a lock as in Value.

    CPython: sharedctypes.Array
    """
    obj = RawArray(typecode_or_type, size_or_initializer)
    return _with_lock(obj, lock)


def _with_lock(obj, lock):
    """Return *obj* with the lock that `Value` and `Array` were told."""
    if lock is False:
        return obj
    if lock in (True, None):
        lock = RLock()
    if not hasattr(lock, "acquire"):
        raise AttributeError(f"{lock!r} has no method 'acquire'")
    return synchronized(obj, lock)


def copy(obj):
    """Return a copy of ctypes object *obj* in shared memory.

    CPython: sharedctypes.copy
    """
    new_obj = _new_value(type(obj))
    ctypes.pointer(new_obj)[0] = obj
    return new_obj


def synchronized(obj, lock=None):
    """Return a wrapper of ctypes object *obj* that uses *lock*.

    A Structure gets a class of its own, with a property for each field.
    Raises AssertionError when *obj* is a wrapper already.

    CPython: sharedctypes.synchronized
    """
    assert not isinstance(obj, SynchronizedBase), (
        "object already synchronized"
    )
    if isinstance(obj, ctypes._SimpleCData):
        return Synchronized(obj, lock)
    if isinstance(obj, ctypes.Array):
        if obj._type_ is ctypes.c_char:
            return SynchronizedString(obj, lock)
        return SynchronizedArray(obj, lock)
    cls = type(obj)
    scls = class_cache.get(cls)
    if scls is None:
        names = [field[0] for field in cls._fields_]
        properties = {name: make_property(name) for name in names}
        classname = f"Synchronized{cls.__name__}"
        scls = type(classname, (SynchronizedBase,), properties)
        class_cache[cls] = scls
    return scls(obj, lock)


def reduce_ctype(obj):
    """Pickle *obj* as its type and its block, for a child that is being
    started.  Raises RuntimeError at any other time.

    CPython: sharedctypes.reduce_ctype
    """
    assert_spawning(obj)
    if isinstance(obj, ctypes.Array):
        return rebuild_ctype, (obj._type_, obj._wrapper, obj._length_)
    return rebuild_ctype, (type(obj), obj._wrapper, None)


def rebuild_ctype(type_, wrapper, length):
    """Return a *type_*, or an array of *length* of them, that looks at
    the block of *wrapper*.

    CPython: sharedctypes.rebuild_ctype
    """
    if length is not None:
        type_ = type_ * length
    ForkingPickler.register(type_, reduce_ctype)
    obj = type_.from_buffer(wrapper.create_memoryview())
    obj._wrapper = wrapper  # the block lives as long as the object
    return obj


def make_property(name):
    """Return a property that reads and writes ``self._obj.<name>``
    with the lock held.

    CPython: sharedctypes.make_property
    """

    # Differs: no source is written and run, so a field may be called
    # `class` (test_a_field_may_have_any_name_in_minimp).

    def get(self):
        self.acquire()
        try:
            return getattr(self._obj, name)
        finally:
            self.release()

    def set(self, value):
        self.acquire()
        try:
            setattr(self._obj, name, value)
        finally:
            self.release()

    return property(get, set)


class_cache = weakref.WeakKeyDictionary()  # Structure -> wrapper class


class SynchronizedBase:
    """A ctypes object *obj* and a *lock*, by default a new RLock.

    ``with`` takes the lock, and so do ``acquire`` and ``release``.

    CPython: sharedctypes.SynchronizedBase
    """

    def __init__(self, obj, lock=None):
        self._obj = obj
        self._lock = lock or RLock()
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *exc_info):
        return self._lock.__exit__(*exc_info)

    def __reduce__(self):
        assert_spawning(self)
        return synchronized, (self._obj, self._lock)

    def get_obj(self):
        """Return the ctypes object, which knows nothing of the lock."""
        return self._obj

    def get_lock(self):
        """Return the lock."""
        return self._lock

    def __repr__(self):
        return f"<{type(self).__name__} wrapper for {self._obj}>"


class Synchronized(SynchronizedBase):
    """The wrapper of a single number or character.

    CPython: sharedctypes.Synchronized
    """

    # What make_property('value') does, written out: it is the one that
    # is called all the time, and without getattr it is a little faster.

    @property
    def value(self):
        self.acquire()
        try:
            return self._obj.value
        finally:
            self.release()

    @value.setter
    def value(self, value):
        self.acquire()
        try:
            self._obj.value = value
        finally:
            self.release()


class SynchronizedArray(SynchronizedBase):
    """The wrapper of an array; a slice is one access, with one lock.

    CPython: sharedctypes.SynchronizedArray
    """

    # Left out: `__getslice__`, `__setslice__` -- Python 3 calls neither.

    def __len__(self):
        return len(self._obj)

    # `with self` would do the same, by a call more.

    def __getitem__(self, i):
        with self._lock:
            return self._obj[i]

    def __setitem__(self, i, value):
        with self._lock:
            self._obj[i] = value


class SynchronizedString(SynchronizedArray):
    """The wrapper of an array of c_char: ``value`` ends at the first zero
    byte, ``raw`` is all of it.

    CPython: sharedctypes.SynchronizedString
    """

    value = Synchronized.value
    raw = make_property("raw")
