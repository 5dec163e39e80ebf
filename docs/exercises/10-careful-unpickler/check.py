import collections
import datetime
import fractions
import pickle
import sys

import pytest

from compare.checks import expect, shown, within
from minimp import Pipe

LISTED = {("fractions", "Fraction"), ("datetime", "date")}

did = []  # what the pickles of `Call` have done


class Call:
    """Unpickled, it calls exec with a text."""

    def __init__(self, text):
        self.text = text

    def __reduce__(self):
        return exec, (self.text,)


def _named(module, name, protocol):
    """Return the pickle of what a module has by a name."""
    head = pickle.PROTO + bytes([protocol])
    if protocol < 4:
        return head + pickle.GLOBAL + f"{module}\n{name}\n".encode() + pickle.STOP
    words = [_short(module), _short(name), pickle.STACK_GLOBAL, pickle.STOP]
    return head + b"".join(words)


def _short(text):
    return pickle.SHORT_BINUNICODE + bytes([len(text)]) + text.encode()


@pytest.fixture
def ends(answer):
    """A careful connection, and its peer, which sends what it likes."""
    receiver, sender = Pipe()
    with answer.CarefulConnection(receiver, LISTED) as careful, sender:
        yield careful, sender
    did.clear()


def _receive(careful):
    """Return what recv() returns, or an UnpicklingError that it raises."""
    try:
        return within(2, careful.recv)
    except pickle.UnpicklingError as error:
        return error


def _refused(careful, name):
    """See that recv() raises an UnpicklingError that names what it needs."""
    _names(_receive(careful), name)


def _names(came, name):
    """See that what came of recv() is an UnpicklingError that names it."""
    does = "raises UnpicklingError"
    if not isinstance(came, pickle.UnpicklingError):
        does = f"returns {shown(came)}"
    expect(f"what recv() does with {name}", does, "raises UnpicklingError")
    expect(f"whether {name} stands in {str(came)!r}", name in str(came), True)


def test_1_plain_data(ends):
    careful, sender = ends
    plain = [None, True, 7, 2.5, "text", b"bytes", (1, 2), {"key": {1, 2}}, []]
    sender.send(plain)
    expect("what came", _receive(careful), plain)
    sender.send(["long"] * 10_000)
    expect("what came of a long list", _receive(careful) == ["long"] * 10_000, True)


def test_2_listed_classes(ends):
    careful, sender = ends
    listed = {"half": fractions.Fraction(1, 2), "days": [datetime.date(2026, 11, 24)]}
    sender.send(listed)
    expect("what came", _receive(careful), listed)


@pytest.mark.parametrize("size", [0, 100_000])
def test_3_nothing_else_is_called(ends, size):
    careful, sender = ends
    call = Call(f"import sys; sys.modules[{__name__!r}].did += [1]")
    sender.send([b" " * size, call])
    came = _receive(careful)
    expect("how often a pickle that calls exec has called it", len(did), 0)
    _names(came, "builtins.exec")


def test_3_other_classes_are_refused(ends):
    careful, sender = ends
    sender.send([fractions.Fraction(1, 2), collections.OrderedDict()])
    _refused(careful, "collections.OrderedDict")


@pytest.mark.parametrize(
    "name, protocol", [("Decimal", 2), ("sys.modules", 4), ("Fraction.from_float", 4)]
)
def test_4_the_whole_name_counts(ends, name, protocol):
    careful, sender = ends
    sender.send_bytes(_named("fractions", name, protocol))
    _refused(careful, f"fractions.{name}")


def test_5_no_module_is_imported(ends):
    careful, sender = ends
    sys.modules.pop("this", None)
    sender.send_bytes(_named("this", "s", 4))
    _refused(careful, "this.s")
    expect("whether the module `this` was imported", "this" in sys.modules, False)


def test_6_goes_on_after_a_refusal(ends):
    careful, sender = ends
    sender.send([collections.OrderedDict()] * 10_000)
    sender.send("the next one")
    _refused(careful, "collections.OrderedDict")
    expect("what came after it", _receive(careful), "the next one")
