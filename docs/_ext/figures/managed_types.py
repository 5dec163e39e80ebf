"""What a `SyncManager` can make, here and in CPython."""

import builtins
import multiprocessing.managers
import platform
import queue
import threading

import minimp.managers
from compare.probe import NAMES

from . import programs

THEIRS = multiprocessing.managers.SyncManager._registry
OURS = minimp.managers.SyncManager._registry
MODULES = {
    "queue": queue,
    "threading": threading,
    "multiprocessing": minimp,
    "Python itself": builtins,
    "managers": minimp.managers,
}
METHOD = "what a method returned"


def table() -> str:
    """The types of minimp, and what CPython's have not, as Markdown."""
    if missing := set(THEIRS) - set(OURS):
        raise RuntimeError(f"only CPython has {missing}")
    names, lacking = {}, {}
    for typeid, entry in OURS.items():
        source = origin(entry.callable)
        names.setdefault(source, []).append(typeid)
        lacking.setdefault(source, []).extend(only_here(typeid, entry))
    lines = [
        f"| objects from | names | not in CPython {platform.python_version()} |",
        "|:--|:--|:--|",
    ]
    lines += [
        f"| {source} | {code(found)} | {'; '.join(lacking[source])} |"
        for source, found in names.items()
    ]
    return "\n".join(lines)


def origin(made_by) -> str:
    """The module that has *made_by* as a public name."""
    if made_by is None:
        return METHOD
    for title, module in MODULES.items():
        public = [value for name, value in vars(module).items() if name[0] != "_"]
        if any(value == made_by for value in public):
            return title
    raise LookupError(f"no public name for {made_by}")


def only_here(typeid, entry) -> list[str]:
    """What only minimp has: the type, or methods, of those that the object has."""
    if typeid not in THEIRS:
        return [f"`{typeid}`"]
    ours, theirs = set(entry.exposed or ()), set(THEIRS[typeid][1] or ())
    if missing := theirs - ours:
        raise RuntimeError(f"only CPython exposes {missing}")
    added = sorted(ours - theirs)
    found = [name for name in added if hasattr(entry.callable(), name)]
    return [f"`{typeid}`: {code(found)}"] if found else []


def code(names) -> str:
    return ", ".join(f"`{name}`" for name in names)


@programs.ahead
def newer() -> str:
    """What becomes of calls that came with 3.14, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(programs.printed('newer_methods', impl))}"
        for impl, name in NAMES.items()
    )
