"""Finds the Python interpreters of this machine."""

import functools
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OLDEST = (3, 11)
ASK = "import sys, multiprocessing.heap; print(*sys.version_info[:2])"


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
    """Return the paths of those that are of another version than this one."""
    return [
        path for version, path in at_hand().items() if version != sys.version_info[:2]
    ]


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
        asked = subprocess.run([path, "-c", ASK], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if asked.returncode:
        return None
    return tuple(map(int, asked.stdout.split()))
