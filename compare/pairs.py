"""The pairs of pairs.toml: CPython's symbol, minimp's, and the hashes that are known.

The hashes tell when CPython's side has moved, so that minimp may have to follow.
"""

import difflib
import functools
import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from compare import interpreters
from compare.source import ROOT, Symbol, find, hash_of, symbols, unknown

__all__ = ["PAIRS", "ROOT", "Pair", "Symbol", "find", "hash_of", "symbols"]
__all__ += ["get", "load", "moved", "on_the_site", "record"]

PAIRS = Path(__file__).with_name("pairs.toml")
SHOWN = re.compile(r"^:{3,}\{pair\} ([\w.]+)(?: ([\w.]+))?$", re.MULTILINE)
HEADER = """\
# The pairs: what minimp tells again, and which CPython source it was read beside.
#
# [heap] "Arena" is multiprocessing.heap.Arena beside minimp.heap.Arena; `left` and
# `right` name a side that is called otherwise. Each hash stands for one form of
# CPython's code (docstrings and comments do not count), with the versions that
# have it. `python -m compare --moved` lists what none of the hashes fits;
# `python -m compare --record` adds the running interpreter and rewrites this file.
"""


@dataclass(frozen=True)
class Pair:
    """A name with two sides.

    `left` and `right` are dotted names of CPython's and minimp's symbol; `hashes`
    maps each known hash of the left side to the versions that have it.
    """

    name: str
    left: str
    right: str
    hashes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def sides(self, library=None):
        """Return the two symbols, CPython's first, of a library as `find` has it."""
        return find(self.left, library), find(self.right)


def load(path=PAIRS):
    """Return {name: Pair} from `path`, in its order: the order of reading.

    Raises ValueError for a key that is neither a side nor a hash.
    """
    pairs = {}
    for module, entries in tomllib.loads(path.read_text("utf-8")).items():
        for symbol, entry in entries.items():
            name = f"{module}.{symbol}"
            left = entry.pop("left", f"multiprocessing.{name}")
            right = entry.pop("right", f"minimp.{name}")
            for key in entry:
                if not re.fullmatch("[0-9a-f]{12}", key):
                    raise ValueError(f"{path.name}: {name}: {key!r} is not a hash")
            hashes = {key: tuple(seen.split()) for key, seen in entry.items()}
            pairs[name] = Pair(name, left, right, hashes)
    return pairs


def get(name):
    """Return the Pair called `name`; LookupError with near misses."""
    pairs = load()
    if name not in pairs:
        raise LookupError(unknown("pair", name, _near(name, pairs)))
    return pairs[name]


def moved(pairs, library=None):
    """Return [(Pair, what)] for each pair that no recorded hash fits.

    `what` says whether CPython's side is another one or gone in a library.
    """
    found = []
    for pair in pairs.values():
        try:
            if find(pair.left, library).hash not in pair.hashes:
                found.append((pair, "changed" if pair.hashes else "not recorded"))
        except LookupError:
            found.append((pair, "gone"))
    return found


def record(path=PAIRS, python=sys.executable):
    """Add the hashes of an interpreter to `path` and rewrite it.

    LookupError, and the file stays as it is, when a left side is gone.
    """
    _, version, library = interpreters.about(python)
    pairs = load(path)
    for pair in pairs.values():
        current = find(pair.left, library).hash
        seen = {*pair.hashes.get(current, ()), version}
        pair.hashes[current] = tuple(sorted(seen, key=_version_key))
    path.write_text(_format(pairs), "utf-8")


@functools.cache
def on_the_site():
    """Return {CPython's symbol: anchor} of the pairs that a page goes through."""
    docs, known = ROOT / "docs", load()
    anchors = {}
    for page in (docs / "index.md", *sorted(docs.glob("chapters/*.md"))):
        for left, right in SHOWN.findall(page.read_text("utf-8")):
            if right:
                anchors[left] = right.removeprefix("minimp.")
            elif left in known:
                anchors[known[left].left] = left
    return anchors


def _near(name, pairs):
    """Return up to three names of pairs that `name` could stand for."""
    parts = [pair for pair in pairs if name in pair.split(".")]
    return (parts + difflib.get_close_matches(name, pairs, n=3, cutoff=0.5))[:3]


def _version_key(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def _format(pairs):
    """Return the text of pairs.toml for `pairs`."""
    out, section = [HEADER], None
    for pair in pairs.values():
        module, symbol = pair.name.split(".", 1)
        if module != section:
            out.append(f"\n[{module}]\n")
            section = module
        entry = {}
        if pair.left != f"multiprocessing.{pair.name}":
            entry["left"] = pair.left
        if pair.right != f"minimp.{pair.name}":
            entry["right"] = pair.right
        variants = sorted(
            pair.hashes.items(), key=lambda item: _version_key(item[1][0])
        )
        entry |= {key: " ".join(seen) for key, seen in variants}
        inner = ", ".join(f'{key} = "{value}"' for key, value in entry.items())
        out.append(f'"{symbol}" = {{ {inner} }}\n')
    return "".join(out)
