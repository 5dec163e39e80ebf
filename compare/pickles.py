"""Reads pickles without running them.

To load a pickle is to do what it says. Here `pickletools` tells what that is, opcode by
opcode, and none is run: tuples, lists, dicts, texts and numbers are built, a global
stays a name, and a call is written down.
"""

import pickletools
import struct
from dataclasses import dataclass, field


class Name(str):
    """A class or function that a pickle only names."""

    __slots__ = ()
    __repr__ = str.__str__


class Items(list):
    """A set as a pickle describes it; its text does not depend on hashes."""

    def __repr__(self):
        return "{" + ", ".join(sorted(map(repr, self))) + "}" if self else "set()"


@dataclass(eq=False)
class Made:
    """What a pickle would have made by calling `what`, which nobody has called."""

    what: object
    args: object = ()
    kwds: dict = field(default_factory=dict)
    state: object = None
    items: list = field(default_factory=list)

    def __repr__(self):
        args, state = self.args, self.state
        if not args and isinstance(state, tuple):  # as __slots__ are pickled
            args, state = state, None
        parts = [repr(arg) for arg in args] if isinstance(args, tuple) else [repr(args)]
        parts += [f"{name}={value!r}" for name, value in self.kwds.items()]
        parts += [f"state={state!r}"] if state is not None else []
        parts += [f"items={self.items!r}"] if self.items else []
        return f"{self.what!r}({', '.join(parts)})"


def decode(data):
    """Return what pickle `data` says, with Made in place of what it would call.

    Of protocol 4 or later, which Python speaks by itself; ValueError for anything else.
    """
    try:
        return _read(pickletools.genops(data))
    except (IndexError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ValueError(f"no pickle that is known here: {error!r}") from error


_MARK = object()


def _read(opcodes):
    stack, memo = [], []
    for opcode, arg, _ in opcodes:
        match opcode.name:
            case "STOP":
                return stack.pop()
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                stack.append(_MARK)
            case "MEMOIZE":
                memo.append(stack[-1])
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[arg])
            case "POP" | "POP_MARK":
                _taken(stack, opcode)
            case name if name in _PLAIN:
                stack.append(arg)
            case name:
                stack.append(_MAKE[name](*_taken(stack, opcode)))
    raise ValueError("no pickle: it does not end")


def _taken(stack, opcode):
    """Take from the stack what an opcode takes; all above a mark is one list."""
    count = len(opcode.stack_before)
    above = []
    if pickletools.markobject in opcode.stack_before:
        count -= 2  # the mark, and what is above it
        while (item := stack.pop()) is not _MARK:
            above.append(item)
        above = [above[::-1]]
    if len(stack) < count:
        raise ValueError("no pickle: the stack is empty")
    taken = stack[len(stack) - count :] + above
    del stack[len(stack) - count :]
    return taken


def _name(module, name):
    return Name(name if module == "builtins" else f"{module}.{name}")


def _with_state(made, state):
    made.state = state
    return made


def _with_items(target, items):
    if isinstance(target, Made):
        target.items += items if isinstance(items, list) else [items]
    elif isinstance(target, dict):
        target.update(items)
    else:
        target.extend(items)
    return target


def _pairs(items):
    return dict(zip(items[::2], items[1::2], strict=True))


# Opcodes that hold a number, a text, or bytes; the others that hold something are those
# by which older protocols call by name.
_PLAIN = {
    opcode.name
    for opcode in pickletools.opcodes
    if opcode.arg and opcode.stack_after not in ([], [pickletools.anyobject])
}

# What each of the others makes of what it takes.
_MAKE = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": Items,
    "TUPLE": tuple,
    "TUPLE1": lambda *items: items,
    "TUPLE2": lambda *items: items,
    "TUPLE3": lambda *items: items,
    "FROZENSET": lambda items: Made(Name("frozenset"), (Items(items),)),
    "APPEND": lambda target, item: _with_items(target, [item]),
    "APPENDS": _with_items,
    "ADDITEMS": _with_items,
    "SETITEM": lambda target, *pair: _with_items(target, _pairs(pair)),
    "SETITEMS": lambda target, items: _with_items(target, _pairs(items)),
    "STACK_GLOBAL": _name,
    "REDUCE": Made,
    "NEWOBJ": Made,
    "NEWOBJ_EX": lambda what, args, kwds: Made(what, args, dict(kwds)),
    "BUILD": _with_state,
}
