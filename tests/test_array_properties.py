"""Arrays beside plain lists: the same calls, the same answers."""

import ctypes
import math
import struct

import pytest
import support
from hypothesis import assume, given, settings
from hypothesis import strategies as st

INTEGERS = st.integers(-(2**70), 2**70) | st.integers(-300, 300)


def wrapped(code, number):
    """Return `number` as an integer of type `code` holds it."""
    bits = 8 * struct.calcsize(code)
    low = number % 2**bits
    return low if code.isupper() or low < 2 ** (bits - 1) else low - 2**bits


def rounded(number):
    """Return `number` as a C float holds it."""
    try:
        return struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


# code -> (what is given, what a list of the same would show)
ELEMENTS = {code: (INTEGERS, lambda n, c=code: wrapped(c, n)) for code in "bBhHiIlLqQ"}
ELEMENTS["f"] = (st.floats(width=64, allow_nan=False), rounded)
ELEMENTS["d"] = (st.floats(allow_nan=False), float)
ELEMENTS["c"] = (st.binary(min_size=1, max_size=1), bytes)
ELEMENTS["u"] = (st.characters(), str)


def for_every_code(test):
    """Run `test` for each type with a few examples: 14 times a few."""
    test = settings(max_examples=12)(given(data=st.data())(test))
    return pytest.mark.parametrize("code", ELEMENTS)(test)


def of_kind(code, elements):
    """Return a list of `elements` as a slice of that type shows it."""
    joined = {"c": b"".join, "u": "".join}.get(code, list)
    return joined(elements)


def lists(code, **sizes):
    return st.lists(ELEMENTS[code][0], **sizes)


@st.composite
def slices(draw):
    """Draw any slice: from far outside to far outside, any step."""
    bound = st.none() | st.integers(-12, 12)
    step = st.none() | st.integers(-4, 4).filter(bool)
    return slice(draw(bound), draw(bound), draw(step))


@for_every_code
def test_contents(impl, code, data):
    given_, seen = data.draw(lists(code)), ELEMENTS[code][1]
    expected = list(map(seen, given_))
    for make in impl.RawArray, impl.Array:
        array = make(code, given_)
        assert len(array) == len(expected)
        assert list(array) == expected
        assert array[:] == of_kind(code, expected)
    ctype = impl.sharedctypes.typecode_to_type[code]
    assert list(impl.RawArray(ctype, tuple(given_))) == expected
    assert [impl.RawValue(code, element).value for element in given_] == expected


@for_every_code
def test_reading(impl, code, data):
    given_ = data.draw(lists(code, max_size=8))
    array = impl.Array(code, given_, lock=data.draw(st.booleans()))
    twin = list(map(ELEMENTS[code][1], given_))
    where = data.draw(slices())
    assert array[where] == of_kind(code, twin[where])
    i = data.draw(st.integers(-10, 10))
    if -len(twin) <= i < len(twin):
        assert array[i] == twin[i]
    else:
        assert support.outcome(array.__getitem__, i) == (IndexError, "invalid index")


@for_every_code
def test_writing(impl, code, data):
    elements, seen = ELEMENTS[code]
    given_ = data.draw(lists(code, min_size=1, max_size=8))
    array = impl.Array(code, given_, lock=data.draw(st.booleans()))
    twin = list(map(seen, given_))
    for _ in range(data.draw(st.integers(1, 5))):
        if data.draw(st.booleans()):
            i = data.draw(st.integers(-len(twin), len(twin) - 1))
            element = data.draw(elements)
            array[i] = element
            twin[i] = seen(element)
        else:
            where = data.draw(slices())
            size = len(twin[where])
            new = data.draw(lists(code, min_size=size, max_size=size))
            # An empty slice of a list sits somewhere; an array has no such place.
            assume(size)
            array[where] = new
            twin[where] = map(seen, new)
        assert array[:] == of_kind(code, twin)


@for_every_code
def test_writing_outside_or_of_another_length(impl, code, data):
    given_ = data.draw(lists(code, max_size=8))
    array = impl.Array(code, given_, lock=data.draw(st.booleans()))
    before = list(map(ELEMENTS[code][1], given_))
    where = data.draw(slices())
    new = data.draw(lists(code, max_size=10))
    assume(len(new) != len(before[where]))
    expected = ValueError, "Can only assign sequence of same size"
    assert support.outcome(array.__setitem__, where, new) == expected
    i = data.draw(st.integers(-20, 20).filter(lambda i: not -9 < i < 8))
    expected = IndexError, "invalid index"
    element = data.draw(ELEMENTS[code][0])
    assert support.outcome(array.__setitem__, i, element) == expected
    assert list(array) == before


@for_every_code
def test_elements_of_another_type(impl, code, data):
    """What is refused says so as the bare ctypes array does."""
    wrong = data.draw(
        st.sampled_from(
            [None, "ab", b"ab", 1.5, 1j, [], (1,), -1, 300, "a", b"a", True]
        )
    )
    position = data.draw(st.integers(0, 2))
    good = data.draw(lists(code, min_size=3, max_size=3))
    mixed = [*good[:position], wrong, *good[position + 1 :]]
    ctype = impl.sharedctypes.typecode_to_type[code] * 3

    def bare():
        return list(ctype(*mixed))

    def made():
        return list(impl.RawArray(code, mixed))

    def written():
        array = impl.Array(code, 3)
        array[:] = mixed
        return list(array)

    expected = support.outcome(bare)
    assert support.outcome(made) == expected
    assert support.outcome(written) == expected


@given(octets=st.binary(max_size=12), size=st.integers(0, 12))
def test_value_ends_at_the_first_zero_byte(impl, octets, size):
    text = impl.Array("c", size)
    if len(octets) > size:
        expected = ValueError, "byte string too long"
        assert support.outcome(setattr, text, "value", octets) == expected
        assert support.outcome(setattr, text, "raw", octets) == expected
        return
    text.raw = octets
    assert text.raw == octets.ljust(size, b"\0")
    assert text.value == octets.split(b"\0")[0]
    bare = (ctypes.c_char * size)()
    text.value = bare.value = octets
    assert (text.value, text.get_obj().value) == (bare.value, bare.value)
