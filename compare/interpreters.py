"""Finds the Python interpreters of this machine, and asks them what they are."""

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 11)
ASK = """\
import platform, sysconfig, multiprocessing.heap
print(platform.python_version(), sysconfig.get_path("stdlib"))
"""
USE = "the Python to compare with, 3.11 or newer (this one)"
PATIENCE = 30  # seconds that one has to answer


class About(NamedTuple):
    """What an interpreter is: (3, 13, 0), "3.13.0", and the folder of its library."""

    numbers: tuple[int, ...]
    name: str
    library: Path


@functools.cache
def about(python):
    """Return the About of the interpreter at a path; LookupError that names it."""
    try:
        asked = subprocess.run(
            [python, "-I", "-c", ASK],
            capture_output=True,
            check=True,
            text=True,
            timeout=PATIENCE,
        )
        name, library = asked.stdout.rstrip("\n").split(" ", 1)
        return About(numbers(name), name, Path(library))
    except OSError as error:
        raise LookupError(f"{python!r} does not run: {error.strerror}") from error
    except (subprocess.SubprocessError, ValueError, AttributeError) as error:
        raise LookupError(f"{python!r} is no working Python") from error


def numbers(version):
    """Return (3, 12, 1) for "3.12.1", and (3, 15, 0) for "3.15.0b1"."""
    return tuple(map(int, re.match(r"(\d+)\.(\d+)\.(\d+)", version).groups()))


def add_option(parser, default=sys.executable, use=USE):
    """Give the parser of a verb its option --python: a path that has been tried.

    `use` says what is done with that interpreter, where it is not the usual.
    """
    parser.add_argument(
        "--python", type=_chosen, default=default, metavar="PATH", help=use
    )


def _chosen(text):
    """Return the whole path of the interpreter called `text`, also one on the PATH."""
    path = os.path.abspath(shutil.which(text) or text)
    try:
        found = about(path)
    except LookupError as error:
        raise argparse.ArgumentTypeError(error) from error
    if found.numbers < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise argparse.ArgumentTypeError(
            f"{text!r} is Python {found.name}; {oldest} or newer is needed"
        )
    return path


@functools.cache
def at_hand(oldest=OLDEST):
    """Return {(3, 12): path} for each minor version that runs here, this one first.

    None is older than `oldest`. Looked for on the PATH, and where pyenv puts them.
    One that does not start, or has no `multiprocessing`, is none.
    """
    found = {sys.version_info[:2]: sys.executable}
    candidates = list(_candidates(oldest))
    with ThreadPoolExecutor() as pool:
        versions = list(pool.map(_version, candidates))
    for version, path in zip(versions, candidates, strict=True):
        if version is not None and version >= oldest:
            found.setdefault(version, path)
    return found


def others():
    """Return the paths of those of another version than this one, oldest first."""
    found = sorted(at_hand().items())
    return [path for version, path in found if version != sys.version_info[:2]]


def _candidates(oldest):
    for minor in range(oldest[1], OLDEST[1] + 10):
        path = shutil.which(f"python3.{minor}")
        if path:
            yield path
    pyenv = Path.home() / ".pyenv" / "versions"
    yield from map(str, sorted(pyenv.glob("3.*/bin/python3")))


def _version(path):
    """Return (3, 12) or so; None if the interpreter at `path` does not run."""
    try:
        return about(path).numbers[:2]
    except LookupError:
        return None
