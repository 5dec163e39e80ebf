"""Where the source of a symbol can be read in full.

CPython's files are linked on GitHub by the tag of the Python that builds;
minimp's own are pages of the site (see `sources`).
"""

import platform
import re
import sysconfig
from pathlib import Path

CPYTHON = "https://github.com/python/cpython/blob"
OWN_PACKAGES = ("minimp", "compare")


def cpython_tag(version: str) -> str:
    """The git tag of a version such as 3.14.0rc1, or the branch of one not released."""
    if not version.endswith("+"):
        return f"v{version}"
    alpha = re.search(r"\da\d", version)  # its branch is not made yet
    return "main" if alpha else ".".join(version.split(".")[:2])


def is_own(dotted: str) -> bool:
    """True for a symbol of this project, False for one of CPython."""
    return dotted.partition(".")[0] in OWN_PACKAGES


def cpython_file(path: str, lines: str = "", version: str = "") -> str:
    """URL of *path* in CPython's tree, such as 'Lib/multiprocessing/heap.py'.

    It is the file of this Python, or that of another *version*.
    """
    tag = cpython_tag(version or platform.python_version())
    return f"{CPYTHON}/{tag}/{path}{lines}"


def library_path(path: Path, library: Path | None = None) -> str:
    """The path in CPython's tree of a file of the standard library.

    *library* is where that of another Python is.
    """
    library = library or Path(sysconfig.get_path("stdlib"))
    return "Lib/" + path.resolve().relative_to(library.resolve()).as_posix()


def cpython_lines(path: Path, first: int, last: int, release=None) -> str:
    """URL of lines of a file of the standard library, of another *release* maybe."""
    library, version = (release.library, release.name) if release else (None, "")
    return cpython_file(library_path(path, library), f"#L{first}-L{last}", version)


def module_of(dotted: str) -> str:
    """The module of a symbol: 'minimp.heap' for 'minimp.heap.Heap.free'."""
    return ".".join(dotted.split(".")[:2])


def short(dotted: str) -> str:
    """A dotted name without its package: 'heap.Heap.free'."""
    return dotted.partition(".")[2]
