"""Where the source of a symbol can be read in full.

CPython's files are linked on GitHub by the tag of the Python that builds;
minimp's own are pages of the site (see `sources`).
"""

import sys
import sysconfig
from pathlib import Path

CPYTHON = "https://github.com/python/cpython/blob"
OWN_PACKAGES = ("minimp", "compare")
_LEVELS = {"alpha": "a", "beta": "b", "candidate": "rc", "final": ""}


def cpython_tag(info=sys.version_info, version: str = sys.version) -> str:
    """The git tag of this Python, or the branch that it was built from."""
    if version.split()[0].endswith("+"):
        alpha = info.releaselevel == "alpha"  # its branch is not made yet
        return "main" if alpha else f"{info.major}.{info.minor}"
    level = _LEVELS[info.releaselevel]
    serial = f"{level}{info.serial}" if level else ""
    return f"v{info.major}.{info.minor}.{info.micro}{serial}"


def is_own(dotted: str) -> bool:
    """True for a symbol of this project, False for one of CPython."""
    return dotted.partition(".")[0] in OWN_PACKAGES


def cpython_file(path: str, lines: str = "") -> str:
    """URL of *path* in CPython's tree, such as 'Lib/multiprocessing/heap.py'."""
    return f"{CPYTHON}/{cpython_tag()}/{path}{lines}"


def library_path(path: Path) -> str:
    """The path in CPython's tree of a file of the running standard library."""
    library = Path(sysconfig.get_path("stdlib")).resolve()
    return "Lib/" + path.resolve().relative_to(library).as_posix()


def module_of(dotted: str) -> str:
    """The module of a symbol: 'minimp.heap' for 'minimp.heap.Heap.free'."""
    return ".".join(dotted.split(".")[:2])


def short(dotted: str) -> str:
    """A dotted name without its package: 'heap.Heap.free'."""
    return dotted.partition(".")[2]
