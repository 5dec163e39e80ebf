"""The bytes of a Structure, drawn as a memory map: field by field, with its padding."""

import ctypes
import html

from ..memmap import Block, draw


class Mixed(ctypes.Structure):
    _fields_ = [
        ("tag", ctypes.c_char),
        ("x", ctypes.c_double),
        ("n", ctypes.c_int),
    ]


class Sorted(ctypes.Structure):
    _fields_ = [
        ("x", ctypes.c_double),
        ("n", ctypes.c_int),
        ("tag", ctypes.c_char),
    ]


def mixed() -> str:
    """An HTML map of Mixed."""
    return drawn(Mixed)


def ordered() -> str:
    """An HTML map of Sorted."""
    return drawn(Sorted)


def drawn(type_) -> str:
    blocks = blocks_of(type_)
    items = "".join(f"<li>{html.escape(str(block))}</li>" for block in blocks)
    picture = draw(ctypes.sizeof(type_), blocks)
    hidden = f'<ul class="visually-hidden">{items}</ul>'
    return f'<div class="memmap docutils container">{picture}{hidden}</div>'


def blocks_of(type_) -> list[Block]:
    """Each field with the bytes up to the next one, which it does not use."""
    names = [field[0] for field in type_._fields_]
    fields = [getattr(type_, name) for name in names]
    stops = [*(field.offset for field in fields[1:]), ctypes.sizeof(type_)]
    return [
        Block(name, field.offset, stop, field.size, hue=hue)
        for hue, (name, field, stop) in enumerate(
            zip(names, fields, stops, strict=True)
        )
    ]


def sizes() -> str:
    """'24 and 16': the bytes that both orders take."""
    return f"{ctypes.sizeof(Mixed)} and {ctypes.sizeof(Sorted)}"
