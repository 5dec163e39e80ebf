"""Syntax colours, light and dark: two Pygments styles with the same keys.

Two ready styles must not be mixed: a token that one of them leaves alone keeps
the other's colour, and that one was chosen for the other background.
`tests/test_docs_ext.py` holds the contrast of every colour here.
"""

from dataclasses import dataclass

from pygments.style import Style
from pygments.token import (
    Comment,
    Error,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Token,
)


@dataclass(frozen=True)
class Inks:
    """The seven colours that code is written in, as #rrggbb."""

    keyword: str
    string: str
    defined: str  # the name that a def or class introduces
    constant: str  # numbers, builtins, exceptions
    comment: str
    operator: str
    plain: str


LIGHT = Inks(
    keyword="#7928a1",
    string="#0b6b3a",
    defined="#00588a",
    constant="#8f3d00",
    comment="#5a6270",
    operator="#33383d",
    plain="#16181b",
)
DARK = Inks(
    keyword="#d2a8ff",
    string="#8fdca0",
    defined="#7cc4ff",
    constant="#ffb77c",
    comment="#adb5c0",
    operator="#c4c9cf",
    plain="#e2e5e9",
)
LIGHT_CELL, DARK_CELL = "#f8f9fb", "#1a1c1e"


def _styles(ink: Inks) -> dict:
    return {
        Token: ink.plain,
        Text: ink.plain,
        Error: ink.plain,
        Name: ink.plain,
        Name.Namespace: ink.plain,
        Name.Function: ink.defined,
        Name.Function.Magic: ink.defined,
        Name.Class: ink.defined,
        Name.Decorator: ink.defined,
        Name.Builtin: ink.constant,
        Name.Builtin.Pseudo: ink.constant,
        Name.Exception: ink.constant,
        Name.Variable.Magic: ink.constant,
        Number: ink.constant,
        String: ink.string,
        String.Doc: ink.string,
        String.Interpol: ink.string,
        String.Affix: ink.string,
        String.Escape: ink.constant,
        Keyword: ink.keyword,
        Operator: ink.operator,
        Operator.Word: ink.keyword,
        Punctuation: ink.operator,
        Comment: "italic " + ink.comment,
        Generic.Prompt: ink.comment,
        Generic.Output: ink.comment,
        Generic.Inserted: ink.string,  # in a diff
        Generic.Deleted: ink.constant,
        Generic.Subheading: ink.comment,
    }


class Light(Style):
    """Dark ink on a pale cell."""

    background_color = LIGHT_CELL
    styles = _styles(LIGHT)


class Dark(Style):
    """Pale ink on a dark cell."""

    background_color = DARK_CELL
    styles = _styles(DARK)
