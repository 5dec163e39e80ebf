"""Pickles are read without being run."""

import collections
import os
import pickle
import pickletools
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compare import pickles

PROTOCOLS = range(4, pickle.HIGHEST_PROTOCOL + 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner, inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_data_is_what_pickle_loads(value, protocol):
    data = pickle.dumps(value, protocol)
    assert repr(pickles.decode(data)) == repr(pickle.loads(data))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, -2, 2**70, 1.5, True, False, None], None),
        (("a", "ä\n", (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)), None),
        ({"a": {1: []}, 2: [3]}, None),
        ([[1], [1]] * 2, None),
        (len, "len"),
        (slice(1, 2), "slice(1, 2, None)"),
        (ValueError("no"), "ValueError('no')"),
        (os.system, "posix.system"),
        (bytearray(b"ab"), "bytearray(b'ab')"),
    ],
)
def test_each_protocol(protocol, value, text):
    decoded = pickles.decode(pickle.dumps(value, protocol))
    assert repr(decoded) == (text or repr(value))


def test_sets_do_not_depend_on_hashes():
    letters = sorted("abcdefgh")
    text = "{" + ", ".join(map(repr, letters)) + "}"
    decoded = pickles.decode(pickle.dumps([set(letters), set(), frozenset(letters)], 4))
    assert repr(decoded) == f"[{text}, set(), frozenset({text})]"


def test_object_shows_state_and_items():
    ordered = collections.OrderedDict(a=1)
    assert repr(pickles.decode(pickle.dumps(ordered))) == (
        "collections.OrderedDict(items=[{'a': 1}])"
    )
    queue = collections.deque([1, 2], maxlen=5)
    assert repr(pickles.decode(pickle.dumps(queue))) == (
        "collections.deque((), 5, items=[1, 2])"
    )
    error = OSError(2, "gone")
    error.seen = True
    assert repr(pickles.decode(pickle.dumps(error))) == (
        "FileNotFoundError(2, 'gone', state={'seen': True})"
    )


def test_recursive_data_ends():
    looped = []
    looped.append(looped)
    assert repr(pickles.decode(pickle.dumps(looped))) == "[[...]]"
    error = ValueError()
    error.self = error
    assert "..." in repr(pickles.decode(pickle.dumps(error)))


class Evil:
    """Creates a file when its pickle is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def calls(path):
    """Yield pickles that run `touch path`, by each opcode that calls."""
    name = b"\x80\x04\x8c\x05posix\x8c\x06system\x93"
    touch = pickle.dumps((f"touch {path}",), 4)[2:-1]
    yield pickle.dumps(Evil(path), 4)
    yield name + touch + b"R."
    yield name + touch + b"\x81."
    yield name + touch + b"}\x92."


def test_nothing_is_executed(tmp_path):
    path = tmp_path / "executed"
    for data in calls(path):
        assert repr(pickles.decode(data)) == f"posix.system('touch {path}')"
        assert not path.exists()


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(ValueError("no"), 0),
        pickle.dumps(ValueError("no"), 2),
        b"(S'touch'\nios\nsystem\n.",
        b"(cos\nsystem\nS'touch'\no.",
        b"K\x05Q.",
        b"Pwhat\n.",
        b"\x82\x01.",
        b"cposix\nsystem\n.",
        b"Nq\x00.",
    ],
    ids=["0", "2", "INST", "OBJ", "BINPERSID", "PERSID", "EXT1", "GLOBAL", "BINPUT"],
)
def test_what_python_does_not_speak_is_refused(data):
    with pytest.raises(ValueError, match="no pickle that is known here"):
        pickles.decode(data)


def test_unknown_global_is_named_and_not_imported(tmp_path, monkeypatch):
    (tmp_path / "minimp_unheard_of.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    data = b"\x80\x04\x8c\x11minimp_unheard_of\x8c\x05Class\x93)R."
    assert repr(pickles.decode(data)) == "minimp_unheard_of.Class()"
    assert "minimp_unheard_of" not in sys.modules


@pytest.mark.parametrize("data", [b"N\x86.", b"\x85."])
def test_what_is_not_there_is_not_taken(data):
    with pytest.raises(ValueError, match="no pickle"):
        pickles.decode(data)


OPCODES = [ord(opcode.code) for opcode in pickletools.opcodes]


@given(st.binary(max_size=60) | st.lists(st.sampled_from(OPCODES)).map(bytes))
@example(b"")
@example(b".")
@example(b"N")
@example(b"]}b.")
@example(b"t.")
@example(b"]]}s.")
@example(b"I1\nQ.")
@example(b"\x86.")
@example(b"NNN\x92.")
def test_no_pickle_is_a_valueerror(data):
    try:
        repr(pickles.decode(data))
    except ValueError:
        pass
