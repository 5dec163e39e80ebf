"""CPython's side of a pair as other versions have it.

An *edition* is one form of a symbol, line by line, with the versions that have it.
"""

import functools
import platform
import sys
from pathlib import Path
from typing import NamedTuple

from compare import source, versions
from compare.pairs import Symbol
from compare.versions import Release

from . import links
from .excerpt import Excerpt


class Editions(NamedTuple):
    """The forms of a symbol; `built` is the one of the Python that builds.

    `known` are all of them, by version. `absent` are the versions without the symbol,
    `unread` those whose file this Python cannot parse.
    """

    built: Excerpt
    known: list[Excerpt]
    absent: list[str]
    unread: list[str]


def of(symbol: Symbol) -> Editions:
    """The editions of *symbol*, as this Python has it; minimp's has only this one."""
    if links.is_own(symbol.dotted):
        excerpt = Excerpt(symbol)
        return Editions(excerpt, [excerpt], [], [])
    forms, absent, unread = {}, [], []
    for release in versions.releases():
        try:
            found = within(release, symbol)
            forms.setdefault(found.lines, []).append((release, found))
        except LookupError:
            absent.append(release.name)
        except SyntaxError:
            unread.append(release.name)
    known = [edition(form) for form in forms.values()]
    (built,) = (one for one in known if one.symbol is symbol)
    return Editions(built, known, absent, unread)


def edition(form: list[tuple[Release, Symbol]]) -> Excerpt:
    """One form; it is read from this Python's file, or else from the newest one."""
    own = [one for one in form if is_running(one[0])]
    release, symbol = own[0] if own else form[-1]
    return Excerpt(symbol, release, tuple(one.name for one, _ in form))


def is_running(release: Release) -> bool:
    """True for the one of this Python: of each minor version there is one at most."""
    return release.numbers[:2] == sys.version_info[:2]


def within(release: Release, symbol: Symbol) -> Symbol:
    """What a release has by the name of *symbol*; LookupError where it has none."""
    if is_running(release):
        return symbol
    module = links.module_of(symbol.dotted)
    path = file_of(release, symbol)
    if not path.is_file():
        raise LookupError(f"no file {path}")
    return read(path, module)[symbol.dotted.removeprefix(f"{module}.")]


def file_of(release: Release, symbol: Symbol) -> Path:
    """The file of a release that stands for the one where *symbol* is."""
    return release.library / links.library_path(symbol.path).removeprefix("Lib/")


@functools.cache
def read(path: Path, module: str) -> dict[str, Symbol]:
    """The symbols of a file, which is parsed once a build."""
    return source.within(path, module)


def files(symbol: Symbol) -> list[Path]:
    """What is read to show *symbol*: a page with it depends on them."""
    if links.is_own(symbol.dotted):
        return [symbol.path]
    others = [file_of(release, symbol) for release in versions.releases()]
    return [symbol.path, versions.REASONS, *filter(Path.is_file, others)]


def told(editions: Editions) -> str:
    """A sentence or two on which versions have the symbol in the same lines."""
    built, known, absent, unread = editions
    said = []
    if len(built.versions) > 1 and len(known) == 1:
        said.append(f"The same in {listed(built.versions)}.")
    elif not (known[1:] or absent or unread):
        said.append(f"CPython {built.version} alone was found: nothing to compare.")
    if absent:
        said.append(f"It is not in {listed(absent)}.")
    if unread:
        python = f"Python {platform.python_version()}"
        said.append(f"{python} cannot parse the file of {listed(unread)}.")
    return " ".join(said)


def listed(names) -> str:
    """'3.11.7, 3.12.1 and 3.13.0'."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def reasons(symbol: Symbol) -> list[versions.Reason]:
    """Why the lines of *symbol* are other ones in other versions, once each."""
    name = links.short(symbol.dotted)
    found = [
        reason
        for change in changes(tuple(versions.releases()))
        if f"{change.name}.".startswith(f"{name}.")
        for reason in change.reasons
    ]
    return list(dict.fromkeys(found))


@functools.cache
def changes(found: tuple[Release, ...]) -> list[versions.Change]:
    """All that changed between the versions found; it is looked for once a build."""
    return versions.changes(found)
