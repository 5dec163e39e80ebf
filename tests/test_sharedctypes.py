"""ctypes objects in shared memory, and their wrappers.

The tables hold expressions over the names of an implementation, so that
an expression is also the name of its test.
"""

import array
import ctypes
import gc
import multiprocessing
import operator
import sys
import threading
import weakref

import pytest
import support
import workers


class Index:
    """Like a numpy integer: an index, but not an int."""

    def __index__(self):
        return 2


class Sequence:
    """The old protocol: a length, and items by number until IndexError."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class Sized:
    """Says one length, and gives as many items as it has, only once."""

    def __init__(self, length, *items):
        self.length = length
        self.items = iter(items)

    def __len__(self):
        return self.length

    def __iter__(self):
        return self.items


class CountingLock:
    """A lock of one's own: counts, and knows whether it is held."""

    def __init__(self):
        self.taken = 0
        self.held = False

    def acquire(self, *args):
        assert not self.held
        self.taken += 1
        self.held = True
        return True

    def release(self):
        assert self.held
        self.held = False

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *args):
        self.release()


def evaluate(impl, expression):
    names = {name: getattr(impl, name) for name in support.SHARED_NAMES}
    tools = {"array": array, "ctypes": ctypes, "Index": Index}
    tools |= {"Sequence": Sequence, "Sized": Sized}
    tools |= {name: getattr(workers, name) for name in ("Point", "Line", "Either")}
    return eval(expression, names | tools)


def plain(thing):
    """Return the contents of ctypes object `thing` as Python values."""
    if isinstance(thing, ctypes.Array):
        contents = thing[:]
        return list(map(plain, contents)) if type(contents) is list else contents
    if isinstance(thing, ctypes.Structure):
        return tuple(plain(getattr(thing, name)) for name, _ in thing._fields_)
    return getattr(thing, "value", thing)


SIZES = {"c": 1, "u": 4, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4}
SIZES |= {"l": 8, "L": 8, "q": 8, "Q": 8, "f": 4, "d": 8}
BITS = {code: 8 * size for code, size in SIZES.items()}


# --- what is made -----------------------------------------------------------


def test_typecodes(impl):
    assert "".join(impl.sharedctypes.typecode_to_type) == "cubBhHiIlLqQfd"
    assert impl.sharedctypes.typecode_to_type == (
        multiprocessing.sharedctypes.typecode_to_type
    )


@pytest.mark.parametrize("code", SIZES)
def test_every_typecode_starts_at_zero(impl, code):
    zero = {"c": b"\0", "u": "\0"}.get(code, 0)
    value = impl.RawValue(code)
    assert value.value == zero
    assert type(value) is impl.sharedctypes.typecode_to_type[code]
    assert ctypes.sizeof(value) == SIZES[code]
    assert list(impl.RawArray(code, 3)) == [zero] * 3
    assert impl.Value(code).value == zero
    assert list(impl.Array(code, 3)) == [zero] * 3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("code", SIZES)
def test_every_typecode_makes_an_empty_array(impl, code):
    assert len(impl.RawArray(code, [])) == len(impl.Array(code, 0)) == 0


@pytest.mark.parametrize("code", "bBhHiIlLqQ")
def test_what_is_too_large_wraps_around(impl, code):
    bits, unsigned = BITS[code], code.isupper()
    least, most = 0, 2**bits - 1
    if not unsigned:
        least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    given = [least, most, most + 1, least - 1, 2**bits, 2 ** (bits + 70) + 3]
    expected = [least, most, least, most, 0, 3]
    assert [impl.RawValue(code, n).value for n in given] == expected
    assert impl.RawArray(code, given)[:] == expected
    zeros = impl.Array(code, len(given))
    zeros[:] = given
    assert zeros[:] == expected


@pytest.mark.parametrize(
    "expression, contents",
    [
        ("RawValue('i', 7)", 7),
        ("RawValue('i', True)", 1),
        ("RawValue('i', Index())", 2),
        ("RawValue('c', b'x')", b"x"),
        ("RawValue('c', 97)", b"a"),
        ("RawValue('u', 'é')", "é"),
        ("RawValue('u', '\\U0001f600')", "\U0001f600"),
        ("RawValue('f', 0.1)", 0.10000000149011612),
        ("RawValue('f', 1e40)", float("inf")),
        ("RawValue('d', 0.1)", 0.1),
        ("RawValue('d', 3)", 3.0),
        ("RawValue(ctypes.c_bool, 5)", True),
        ("RawValue(ctypes.c_longdouble, 1.5)", 1.5),
        ("RawValue(ctypes.c_void_p, 5)", 5),
        ("RawValue(ctypes.c_short, 2**15)", -(2**15)),
        ("RawValue(Point)", (0, 0.0)),
        ("RawValue(Point, 1)", (1, 0.0)),
        ("RawValue(Point, 1, 2.5)", (1, 2.5)),
        ("RawValue(Line, (1, 2), (3, 4), b'abc')", ((1, 2.0), (3, 4.0), b"abc")),
        ("RawValue(Either, 0x01020304).octets", [4, 3, 2, 1]),
        ("RawValue(ctypes.c_int * 3, 1, 2)", [1, 2, 0]),
        ("RawArray('i', 0)", []),
        ("RawArray('i', 3)", [0, 0, 0]),
        ("RawArray('i', True)", [0]),
        ("RawArray('i', False)", []),
        ("RawArray('i', [])", []),
        ("RawArray('i', [1, -2])", [1, -2]),
        ("RawArray('i', (1, -2))", [1, -2]),
        ("RawArray('i', range(4))", [0, 1, 2, 3]),
        ("RawArray('i', list(n * n for n in range(4)))", [0, 1, 4, 9]),
        ("RawArray('i', {5: 6})", [5]),
        ("RawArray('i', {5})", [5]),
        ("RawArray('i', b'ab')", [97, 98]),
        ("RawArray('i', [True, 2])", [1, 2]),
        ("RawArray('i', [Index(), 3])", [2, 3]),
        ("RawArray('i', Sequence(1, 2))", [1, 2]),
        ("RawArray('i', Sized(3, 1, 2, 3))", [1, 2, 3]),
        ("RawArray(ctypes.c_int, Sized(3, 1, 2, 3))", [1, 2, 3]),
        ("RawArray('d', Sized(3, 1.0, 2, 3))", [1.0, 2.0, 3.0]),
        ("RawArray('B', bytearray(b'ab'))", [97, 98]),
        ("RawArray('B', memoryview(b'ab'))", [97, 98]),
        ("RawArray('i', array.array('h', [1, -2]))", [1, -2]),
        ("RawArray('i', array.array('i', [1, -2]))", [1, -2]),
        ("RawArray('d', array.array('i', [1, -2]))", [1.0, -2.0]),
        ("RawArray('d', [1, 2.5, True])", [1.0, 2.5, 1.0]),
        ("RawArray('d', [Index()])", [2.0]),
        ("RawArray('f', [0.1, 3, 1e40])", [0.10000000149011612, 3.0, float("inf")]),
        ("RawArray('f', array.array('d', [0.1]))", [0.10000000149011612]),
        ("RawArray('c', b'ab')", b"ab"),
        ("RawArray('c', [b'a', 98])", b"ab"),
        ("RawArray('u', 'aé')", "aé"),
        ("RawArray('u', ['a', 'é'])", "aé"),
        ("RawArray('i', RawArray('h', [1, 2]))", [1, 2]),
        ("RawArray('i', Array('h', [1, 2]))", [1, 2]),
        ("RawArray(ctypes.c_int, [1, 2])", [1, 2]),
        ("RawArray(ctypes.c_int * 2, 2)", [[0, 0], [0, 0]]),
        ("RawArray(ctypes.c_int * 2, [(1, 2), (3, 4)])", [[1, 2], [3, 4]]),
        ("RawArray(Point, 1)", [(0, 0.0)]),
        ("RawArray(Point, [(1, 2.5), Point(3, 4)])", [(1, 2.5), (3, 4.0)]),
        ("RawArray(Either, [(7,)])[0].octets", [7, 0, 0, 0]),
    ],
)
def test_contents(impl, expression, contents):
    found = plain(evaluate(impl, expression))
    assert found == contents
    assert type(found) is type(contents)


NO_LEN = "object of type '{}' has no len()"
NO_INTEGER = "'{}' object cannot be interpreted as an integer"
NO_CHAR = "one character bytes, bytearray or integer expected"
NO_WCHAR = "one character unicode string expected"
NO_INDEX = "cannot fit 'int' into an index-sized integer"


@pytest.mark.parametrize(
    "expression, error, text",
    [
        ("RawArray('i', -1)", ValueError, "Array length must be >= 0, not -1"),
        ("RawArray('i', 2**61)", OverflowError, "array too large"),
        ("RawArray('i', 2**63)", OverflowError, NO_INDEX),
        ("RawArray('b', 2**63 - 1)", OverflowError, f"Size {2**63 - 1} too large"),
        ("RawArray('i', 2.0)", TypeError, NO_LEN.format("float")),
        ("RawArray('i', None)", TypeError, NO_LEN.format("NoneType")),
        ("RawArray('i', Index())", TypeError, NO_LEN.format("Index")),
        ("RawArray('i', (n for n in [1]))", TypeError, NO_LEN.format("generator")),
        ("RawArray('i', iter([1]))", TypeError, NO_LEN.format("list_iterator")),
        ("RawArray('i', map(int, '12'))", TypeError, NO_LEN.format("map")),
        ("RawArray('i', Value('i'))", TypeError, NO_LEN.format("Synchronized")),
        ("RawArray('i', Sized(2, 1, 2, 3))", IndexError, "invalid index"),
        ("RawArray('i', Sized(-1))", ValueError, "__len__() should return >= 0"),
        ("RawArray('i', 'ab')", TypeError, NO_INTEGER.format("str")),
        ("RawArray('i', [1, '2'])", TypeError, NO_INTEGER.format("str")),
        ("RawArray('i', [1, 1.5])", TypeError, NO_INTEGER.format("float")),
        ("RawArray('I', [-1, 1.5])", TypeError, NO_INTEGER.format("float")),
        ("RawArray('i', [None])", TypeError, NO_INTEGER.format("NoneType")),
        (
            "RawArray('i', array.array('d', [1]))",
            TypeError,
            NO_INTEGER.format("float"),
        ),
        ("RawArray('d', ['1'])", TypeError, "must be real number, not str"),
        (
            "RawArray('d', [10**400])",
            OverflowError,
            "int too large to convert to float",
        ),
        (
            "RawArray('f', [10**400])",
            OverflowError,
            "int too large to convert to float",
        ),
        ("RawArray('c', 'ab')", TypeError, NO_CHAR),
        ("RawArray('c', [300])", TypeError, NO_CHAR),
        ("RawArray('u', ['ab'])", TypeError, NO_WCHAR),
        (
            "RawArray('u', b'ab')",
            TypeError,
            "unicode string expected instead of int instance",
        ),
        ("RawArray(Point, [1])", TypeError, "expected Point instance, got int"),
        (
            "RawArray(Point, [(1, 2, 3)])",
            RuntimeError,
            "(Point) TypeError: too many initializers",
        ),
        (
            "RawArray(Point, [(1, 'a')])",
            RuntimeError,
            "(Point) TypeError: must be real number, not str",
        ),
        (
            "RawValue('i', 7, 8)",
            TypeError,
            "__init__ expected at most 1 argument, got 2",
        ),
        ("RawValue('i', '7')", TypeError, NO_INTEGER.format("str")),
        ("RawValue('i', 7.5)", TypeError, NO_INTEGER.format("float")),
        ("RawValue('i', None)", TypeError, NO_INTEGER.format("NoneType")),
        ("RawValue('d', '1')", TypeError, "must be real number, not str"),
        ("RawValue('d', 10**400)", OverflowError, "int too large to convert to float"),
        ("RawValue('c', 'a')", TypeError, NO_CHAR),
        ("RawValue('c', b'ab')", TypeError, NO_CHAR),
        ("RawValue('c', 300)", TypeError, NO_CHAR),
        ("RawValue('u', 'ab')", TypeError, NO_WCHAR),
        (
            "RawValue('u', 1)",
            TypeError,
            "unicode string expected instead of int instance",
        ),
        ("RawValue(Point, 1, 2, 3)", TypeError, "too many initializers"),
        ("RawValue(Point, 'a')", TypeError, NO_INTEGER.format("str")),
        (
            "RawValue(Point, x=1)",
            TypeError,
            "RawValue() got an unexpected keyword argument 'x'",
        ),
        (
            "Value('i', 1, foo=2)",
            TypeError,
            "Value() got an unexpected keyword argument 'foo'",
        ),
        (
            "Array('i', 1, foo=2)",
            TypeError,
            "Array() got an unexpected keyword argument 'foo'",
        ),
        (
            "Array('i', 1, True)",
            TypeError,
            "Array() takes 2 positional arguments but 3 were given",
        ),
        (
            "RawArray('i')",
            TypeError,
            "RawArray() missing 1 required positional argument: 'size_or_initializer'",
        ),
        (
            "Value()",
            TypeError,
            "Value() missing 1 required positional argument: 'typecode_or_type'",
        ),
    ],
)
def test_what_cannot_be_made(impl, expression, error, text):
    assert support.outcome(evaluate, impl, expression) == (error, text)


@pytest.mark.parametrize("name", ["RawValue", "Value", "RawArray", "Array"])
@pytest.mark.parametrize(
    "code", ["k", "x", "P", "", "ii", 12, None, int, object, [], ctypes.Structure]
)
def test_bad_typecodes(impl, name, code):
    """The words change with the interpreter: what CPython says is right."""
    args = [3] if name.endswith("Array") else []
    expected = support.outcome(getattr(multiprocessing, name), code, *args)
    assert expected[0] is TypeError
    assert support.outcome(getattr(impl, name), code, *args) == expected
    if name.endswith("Value") and code != [] and sys.version_info < (3, 15):
        assert expected[1] == "this type has no size"


@pytest.mark.parametrize("length", [1, 3, 1000])
def test_contents_replace_what_was_in_the_block(impl, monkeypatch, length):
    """A recycled block shows nothing of its former life."""
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    for _ in range(2):
        numbers = impl.RawArray("h", [-1] * length)
        assert numbers._wrapper._state[0][1] == 0
        del numbers
        assert impl.RawArray("h", length)[:] == [0] * length
        assert impl.RawArray("h", list(range(length)))[:] == list(range(length))
    wrapper = impl.heap.BufferWrapper(16)
    wrapper.create_memoryview()[:] = b"\xff" * 16
    del wrapper
    assert plain(impl.RawValue(workers.Point, 1)) == (1, 0.0)


def test_objects_do_not_share_bytes(impl):
    numbers = [impl.RawValue("h", n) for n in range(100)]
    arrays = [impl.RawArray("b", [n] * n) for n in range(100)]
    assert [number.value for number in numbers] == list(range(100))
    assert [a[:] for a in arrays] == [[n] * n for n in range(100)]


def test_object_looks_at_its_block(impl):
    number = impl.RawValue("I")
    view = number._wrapper.create_memoryview()
    number.value = 0x01020304
    assert bytes(view) == b"\4\3\2\1"
    view[0] = 9
    assert number.value == 0x01020309
    assert len(view) == 4


def test_block_lives_as_long_as_the_object(impl, monkeypatch):
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    heap = impl.heap.BufferWrapper._heap
    line = impl.RawValue(workers.Line)
    start = line.start  # a view of a part keeps the whole
    del line
    assert len(support.blocks_in_use(heap)) == 1
    start.x = 5
    assert start.x == 5
    del start
    assert support.blocks_in_use(heap) == set()


# --- copy -------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression, contents",
    [
        ("copy(ctypes.c_int(5))", 5),
        ("copy(RawValue('d', 0.5))", 0.5),
        ("copy(RawArray('i', [1, 2]))", [1, 2]),
        ("copy(Point(1, 2.5))", (1, 2.5)),
        ("copy(Value('i', 5).get_obj())", 5),
        ("copy(Array('i', [1, 2]).get_obj())", [1, 2]),
    ],
)
def test_copy(impl, expression, contents):
    original = evaluate(impl, expression)
    twin = impl.copy(original)
    assert type(twin) is type(original)
    assert plain(twin) == contents
    assert isinstance(twin._wrapper, impl.heap.BufferWrapper)
    ctypes.memset(ctypes.addressof(twin), 255, ctypes.sizeof(twin))
    assert plain(original) == contents


@pytest.mark.parametrize("expression", ["copy(5)", "copy(Value('i'))"])
def test_copy_of_no_ctypes_object(impl, expression):
    expected = TypeError, "this type has no size"
    assert support.outcome(evaluate, impl, expression) == expected


# --- locks ------------------------------------------------------------------

MAKERS = ["Value('i', 1, {})", "Array('i', 1, {})"]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("lock", ["", "lock=True", "lock=None", "lock=1"])
def test_new_lock(impl, maker, lock):
    first, second = (evaluate(impl, maker.format(lock)) for _ in range(2))
    assert type(first.get_lock()) is impl.synchronize.RLock
    assert first.get_lock() is first.get_lock()
    assert first.get_lock() is not second.get_lock()


@pytest.mark.parametrize("maker", MAKERS)
def test_no_lock(impl, maker):
    thing = evaluate(impl, maker.format("lock=False"))
    assert isinstance(thing, (ctypes.c_int, ctypes.Array))
    assert not hasattr(thing, "get_lock")


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("lock", ["'x'", "0", "[]", "Index", "0.0"])
def test_wrong_lock(impl, maker, lock):
    shown = repr(eval(lock))
    expected = AttributeError, f"{shown} has no method 'acquire'"
    call = maker.format(f"lock={lock}")
    assert support.outcome(evaluate, impl, call) == expected


@pytest.mark.parametrize("name", ["Lock", "RLock", "Semaphore", "Condition"])
def test_lock_of_ones_own(impl, name):
    lock = getattr(impl, name)()
    value, numbers = impl.Value("i", lock=lock), impl.Array("i", 2, lock=lock)
    assert value.get_lock() is numbers.get_lock() is lock
    assert value.acquire == numbers.acquire == lock.acquire
    assert value.release == numbers.release == lock.release


def test_threading_lock_serves_too(impl):
    lock = threading.Lock()
    value = impl.Value("i", 5, lock=lock)
    assert value.value == 5
    assert not lock.locked()


def test_empty_lock_is_replaced(impl):
    """`synchronized` asks whether a lock is true, not whether it is None."""

    class Empty(CountingLock):
        def __len__(self):
            return 0

    value = impl.Value("i", lock=Empty())
    assert type(value.get_lock()) is impl.synchronize.RLock


@pytest.mark.parametrize(
    "expression, access",
    [
        ("Value('i', lock=lock)", "thing.value"),
        ("Value('i', lock=lock)", "setattr(thing, 'value', 7)"),
        ("Value('i', lock=lock)", "setattr(thing, 'value', 'x')"),
        ("Array('i', 3, lock=lock)", "thing[0]"),
        ("Array('i', 3, lock=lock)", "thing[9]"),
        ("Array('i', 3, lock=lock)", "thing[:]"),
        ("Array('i', 3, lock=lock)", "thing.__setitem__(0, 1)"),
        ("Array('i', 3, lock=lock)", "thing.__setitem__(0, 'x')"),
        ("Array('i', 3, lock=lock)", "thing.__setitem__(slice(3), [1, 2, 3])"),
        ("Array('c', 3, lock=lock)", "thing.value"),
        ("Array('c', 3, lock=lock)", "thing.raw"),
        ("Array('c', 3, lock=lock)", "setattr(thing, 'value', b'ab')"),
        ("Array('c', 3, lock=lock)", "setattr(thing, 'raw', b'abc')"),
        ("Value(Point, lock=lock)", "thing.x"),
        ("Value(Point, lock=lock)", "setattr(thing, 'y', 0.5)"),
        ("Value(Point, lock=lock)", "setattr(thing, 'y', 'x')"),
        ("Value(Either, lock=lock)", "thing.octets"),
    ],
)
def test_each_access_takes_the_lock_once(impl, expression, access):
    lock = CountingLock()
    names = {name: getattr(impl, name) for name in ("Value", "Array")}
    names |= {"lock": lock, "Point": workers.Point, "Either": workers.Either}
    names["thing"] = eval(expression, names)
    assert lock.taken == 0
    support.outcome(eval, access, names)
    assert (lock.taken, lock.held) == (1, False)


def test_iteration_takes_the_lock_for_each_element(impl):
    lock = CountingLock()
    numbers = impl.Array("i", [4, 5, 6], lock=lock)
    assert list(numbers) == [4, 5, 6]
    assert lock.taken == 4  # the last one finds the end
    assert len(numbers) == 3
    assert lock.taken == 4


def test_access_happens_under_the_lock(impl):
    lock = CountingLock()

    class Watched(ctypes.Structure):
        _fields_ = [("plain", ctypes.c_int)]
        seen = property(
            lambda self: seen.append(("get", lock.held)),
            lambda self, value: seen.append(("set", lock.held)),
        )

    seen = []
    thing = impl.synchronized(Watched(), lock)
    watch = impl.sharedctypes.make_property("seen")
    watch.fget(thing)
    watch.fset(thing, 1)
    assert seen == [("get", True), ("set", True)]
    assert not lock.held


@pytest.mark.parametrize("maker", ["Value('i')", "Array('i', 3)", "Value(Point)"])
def test_lock_by_hand_and_as_context(impl, maker):
    thing = evaluate(impl, maker)
    assert thing.acquire() is True
    assert thing.acquire(timeout=0) is True  # recursive
    assert thing.release() is None
    assert thing.release() is None
    expected = AssertionError, "attempt to release recursive lock not owned by thread"
    assert support.outcome(thing.release) == expected
    with thing as entered:
        assert entered is True
        taken = []
        other = threading.Thread(target=lambda: taken.append(thing.acquire(False)))
        other.start()
        other.join(support.TIMEOUT)
        assert taken == [False]
    assert support.outcome(thing.release) == expected


def test_context_lets_errors_through(impl):
    value = impl.Value("i", lock=impl.Lock())
    with pytest.raises(KeyError), value:
        raise KeyError
    assert value.acquire(timeout=0)


# --- wrappers ---------------------------------------------------------------


@pytest.mark.parametrize(
    "expression, text",
    [
        ("Value('i', 3)", "<Synchronized wrapper for c_int(3)>"),
        ("Value('c', b'a')", "<Synchronized wrapper for c_char(b'a')>"),
        ("Value('u', 'a')", "<Synchronized wrapper for c_wchar('a')>"),
        ("Value('q', -3)", "<Synchronized wrapper for c_long(-3)>"),
        ("Value('d', 0.5)", "<Synchronized wrapper for c_double(0.5)>"),
        ("Value(ctypes.c_bool, 1)", "<Synchronized wrapper for c_bool(True)>"),
        ("Value(ctypes.c_void_p, 5)", "<Synchronized wrapper for c_void_p(5)>"),
    ],
)
def test_repr(impl, expression, text):
    assert repr(evaluate(impl, expression)) == text


@pytest.mark.parametrize(
    "expression, name",
    [
        ("Array('i', 3)", "SynchronizedArray"),
        ("Array('u', 'ab')", "SynchronizedArray"),
        ("Array('c', 3)", "SynchronizedString"),
        ("Value(ctypes.c_char * 3)", "SynchronizedString"),
        ("Array(Point, 3)", "SynchronizedArray"),
        ("Value(Point)", "SynchronizedPoint"),
        ("Value(Either)", "SynchronizedEither"),
    ],
)
def test_repr_names_the_object_inside(impl, expression, name):
    thing = evaluate(impl, expression)
    assert type(thing).__name__ == name
    assert repr(thing) == f"<{name} wrapper for {thing.get_obj()!r}>"


@pytest.mark.parametrize(
    "expression, bases",
    [
        ("Value('i')", ["Synchronized", "SynchronizedBase", "object"]),
        ("Array('i', 1)", ["SynchronizedArray", "SynchronizedBase", "object"]),
        (
            "Array('c', 1)",
            ["SynchronizedString", "SynchronizedArray", "SynchronizedBase", "object"],
        ),
        ("Value(Point)", ["SynchronizedPoint", "SynchronizedBase", "object"]),
    ],
)
def test_kinds_of_wrappers(impl, expression, bases):
    kind = type(evaluate(impl, expression))
    assert [base.__name__ for base in kind.__mro__] == bases
    assert issubclass(kind, impl.sharedctypes.SynchronizedBase)


NONE_OF = "'{}' object has no attribute '{}'"


@pytest.mark.parametrize(
    "expression, error, text",
    [
        ("Value('i').raw", AttributeError, NONE_OF.format("Synchronized", "raw")),
        (
            "Array('i', 3).raw",
            AttributeError,
            NONE_OF.format("SynchronizedArray", "raw"),
        ),
        (
            "Array('i', 3).value",
            AttributeError,
            NONE_OF.format("SynchronizedArray", "value"),
        ),
        (
            "Array('u', 'abc').value",
            AttributeError,
            NONE_OF.format("SynchronizedArray", "value"),
        ),
        ("Value(Point).z", AttributeError, NONE_OF.format("SynchronizedPoint", "z")),
        (
            "Value(Point).value",
            AttributeError,
            NONE_OF.format("SynchronizedPoint", "value"),
        ),
        (
            "Value('i') + 1",
            TypeError,
            "unsupported operand type(s) for +: 'Synchronized' and 'int'",
        ),
        ("len(Value('i'))", TypeError, NO_LEN.format("Synchronized")),
        ("Value('i')[0]", TypeError, "'Synchronized' object is not subscriptable"),
        ("Array('i', 3)[3]", IndexError, "invalid index"),
        ("Array('i', 3)[-4]", IndexError, "invalid index"),
        ("Array('i', 3)['a']", TypeError, "indices must be integers"),
        ("Array('i', 3)[1.0]", TypeError, "indices must be integers"),
        ("Array('i', 3)[None]", TypeError, "indices must be integers"),
        ("Array('i', 3)[2**70]", IndexError, NO_INDEX),
        ("Array('i', 3)[::0]", ValueError, "slice step cannot be zero"),
        ("synchronized(Value('i'))", AssertionError, "object already synchronized"),
        ("synchronized(Array('i', 1))", AssertionError, "object already synchronized"),
        ("synchronized(Value(Point))", AssertionError, "object already synchronized"),
        (
            "synchronized(5)",
            AttributeError,
            "type object 'int' has no attribute '_fields_'",
        ),
        (
            "synchronized(ctypes.pointer(ctypes.c_int(3)))",
            AttributeError,
            "type object 'LP_c_int' has no attribute '_fields_'",
        ),
        (
            "Value(ctypes.POINTER(ctypes.c_int))",
            AttributeError,
            "type object 'LP_c_int' has no attribute '_fields_'",
        ),
        (
            "synchronized(ctypes.c_int(3), 'lock')",
            AttributeError,
            "'str' object has no attribute 'acquire'",
        ),
    ],
)
def test_what_wrappers_refuse(impl, expression, error, text):
    assert support.outcome(evaluate, impl, expression) == (error, text)


SAME_SIZE = "Can only assign sequence of same size"


@pytest.mark.parametrize(
    "maker, name, value, error, text",
    [
        ("Value('i')", "value", "a", TypeError, NO_INTEGER.format("str")),
        ("Value('i')", "value", 1.5, TypeError, NO_INTEGER.format("float")),
        ("Value('i')", "value", None, TypeError, NO_INTEGER.format("NoneType")),
        ("Value('d')", "value", "a", TypeError, "must be real number, not str"),
        ("Value('c')", "value", "a", TypeError, NO_CHAR),
        ("Value('c')", "value", b"ab", TypeError, NO_CHAR),
        ("Value('u')", "value", "ab", TypeError, NO_WCHAR),
        ("Value(Point)", "x", "a", TypeError, NO_INTEGER.format("str")),
        ("Array('c', 3)", "value", b"abcd", ValueError, "byte string too long"),
        (
            "Array('c', 3)",
            "value",
            "abc",
            TypeError,
            "bytes expected instead of str instance",
        ),
        ("Array('c', 3)", "raw", b"abcd", ValueError, "byte string too long"),
        (
            "Array('c', 3)",
            "raw",
            "ab",
            TypeError,
            "a bytes-like object is required, not 'str'",
        ),
        ("Array('i', 3)", 3, 1, IndexError, "invalid index"),
        ("Array('i', 3)", -4, 1, IndexError, "invalid index"),
        ("Array('i', 3)", "a", 1, TypeError, "indices must be integer"),
        ("Array('i', 3)", 0, "a", TypeError, NO_INTEGER.format("str")),
        ("Array('i', 3)", 0, 1.5, TypeError, NO_INTEGER.format("float")),
        ("Array('c', 3)", 0, b"ab", TypeError, NO_CHAR),
        ("Array('c', 3)", 0, "a", TypeError, NO_CHAR),
        (
            "Array('u', 3)",
            0,
            b"a",
            TypeError,
            "unicode string expected instead of bytes instance",
        ),
        ("Array('i', 3)", slice(2), [1], ValueError, SAME_SIZE),
        ("Array('i', 3)", slice(2), [1, 2, 3], ValueError, SAME_SIZE),
        ("Array('i', 3)", slice(2), 5, ValueError, SAME_SIZE),
        ("Array('i', 3)", slice(2), iter([1, 2]), ValueError, SAME_SIZE),
        ("Array('i', 3)", slice(0, 3, 2), [1], ValueError, SAME_SIZE),
        ("Array('i', 3)", slice(2), "ab", TypeError, NO_INTEGER.format("str")),
    ],
)
def test_what_cannot_be_set(impl, maker, name, value, error, text):
    thing = evaluate(impl, maker)
    call = setattr if maker[0] == "V" or name in ("value", "raw") else type(thing)
    call = call if call is setattr else call.__setitem__
    before = bytes(thing.get_obj())
    assert support.outcome(call, thing, name, value) == (error, text)
    assert bytes(thing.get_obj()) == before


def test_array_does_not_delete(impl):
    expected = support.outcome(operator.delitem, multiprocessing.Array("i", 3), 0)
    assert expected[0] is AttributeError
    assert support.outcome(operator.delitem, impl.Array("i", 3), 0) == expected


def test_wrapper_shows_changes_of_the_object_inside(impl):
    value, numbers = impl.Value("i", 1), impl.Array("i", [1, 2])
    value.get_obj().value = 5
    numbers.get_obj()[1] = 6
    assert value.value == 5
    assert numbers[:] == [1, 6]
    value.value = 7
    assert value.get_obj().value == 7
    assert value.get_obj() is value.get_obj()


def test_string_has_value_and_raw(impl):
    text = impl.Array("c", 8)
    text.value = b"hello"
    assert (text.value, text.raw) == (b"hello", b"hello\0\0\0")
    text.value = b"hi"  # the rest of the former text stays
    assert (text.value, text.raw) == (b"hi", b"hi\0lo\0\0\0")
    text.raw = b"12345678"
    assert text.value == text.raw == b"12345678"
    text.raw = b"ab"
    assert text.raw == b"ab345678"
    assert text[:3] == b"ab3"
    text[0] = b"A"
    text[1] = 66
    text[2:4] = b"CD"
    assert text.value == b"ABCD5678"
    assert list(text)[:2] == [b"A", b"B"]


def test_structure_has_a_property_for_each_field(impl):
    line = impl.Value(workers.Line, (1, 2), (3, 4), b"abc")
    assert plain(line.start) == (1, 2.0)
    assert line.name == b"abc"
    line.start = workers.Point(8, 9)
    line.stop.x = 7  # through to the memory
    line.name = b"xy"
    assert plain(line.get_obj()) == ((8, 9.0), (7, 4.0), b"xy")
    fields = [n for n, v in vars(type(line)).items() if isinstance(v, property)]
    assert fields == ["start", "stop", "name"]


def test_structures_of_one_type_share_a_wrapper_class(impl):
    kinds = {type(impl.Value(workers.Point)) for _ in range(3)}
    assert kinds == {impl.sharedctypes.class_cache[workers.Point]}
    assert type(impl.Value(workers.Line)) not in kinds


def test_wrapper_class_disappears_with_its_structure(impl):
    class Passing(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int)]

    wrapper = impl.synchronized(Passing(5), CountingLock())
    assert wrapper.x == 5
    cache = impl.sharedctypes.class_cache
    assert cache[Passing] is type(wrapper)
    kind, wrapper_kind = weakref.ref(Passing), weakref.ref(type(wrapper))
    del wrapper, Passing
    gc.collect()  # the key, and with it the entry
    gc.collect()  # the class in that entry
    assert kind() is None and wrapper_kind() is None
    assert "Passing" not in [kind.__name__ for kind in cache]


def test_attributes_of_ones_own(impl):
    """A wrapper is an object like any: a wrong name is not noticed."""
    value = impl.Value("i", 1)
    value.valeu = 5
    assert (value.value, value.valeu) == (1, 5)


def test_wrappers_are_equal_to_themselves_only(impl):
    first, second = impl.Array("i", [1]), impl.Array("i", [1])
    assert first == first != second
    assert len({first, second}) == 2


def test_in_asks_each_element(impl):
    assert 5 in impl.Array("i", [4, 5])
    assert 6 not in impl.Array("i", [4, 5])
