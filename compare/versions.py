"""Shows what changed in CPython's files from one version to the next.

The versions are those of the interpreters found on this machine. Their files are read
by path; none of their code is imported.
"""

import argparse
import difflib
import fnmatch
import functools
import itertools
import platform
import re
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from compare import interpreters, markup, show, source

MODULES = ("process", "popen_fork", "popen_spawn_posix", "popen_forkserver", "spawn")
MODULES += ("forkserver", "context", "heap", "synchronize", "sharedctypes")
MODULES += ("connection", "reduction", "queues", "pool", "managers")
REASONS = Path(__file__).with_name("versions.toml")
PYTHON = platform.python_version()


class Release(interpreters.About):
    """A version of CPython, and what is in the files of its library."""

    def path(self, module):
        """Return the path of a module's file, such as that of "heap"."""
        return self.library / "multiprocessing" / f"{module}.py"

    @functools.cache  # noqa: B019 - of a few Releases, which stay
    def lines(self, module):
        """Return {name: [(number, text)]}: whose line each line of a file is.

        It belongs to the innermost symbol around it; one that is outside of all, to
        the module. A module's and a class's blank lines are left out. Raises
        SyntaxError where the Python that runs cannot parse the file.
        """
        texts = self.path(module).read_text("utf-8").splitlines()
        symbols = source.within(self.path(module), module).values()
        owners = [module] * len(texts)
        for symbol in symbols:  # a class before its members
            span = slice(symbol.first - 1, symbol.last)
            owners[span] = [symbol.dotted] * len(owners[span])
        holders = {module} | {one.dotted.rpartition(".")[0] for one in symbols}
        found = {name: [] for name in [module, *(one.dotted for one in symbols)]}
        for number, (owner, text) in enumerate(zip(owners, texts, strict=True), 1):
            if text.strip() or owner not in holders:
                found[owner].append((number, text))
        return found

    def is_read(self, module):
        """Return whether the Python that runs can parse the module's file."""
        try:
            self.lines(module)
        except SyntaxError:
            return False
        return True


class Reason(NamedTuple):
    """Why something changed: an entry of versions.toml, in our words."""

    since: tuple[str, ...]
    names: tuple[str, ...]
    issues: tuple[int, ...]
    why: str

    def explains(self, name, old, new):
        """Return whether it is about `name`, from one Release to another."""
        if self.is_in(old) or not self.is_in(new):
            return False
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.names)

    def is_in(self, release):
        """Return whether a Release has it: its branch does, or is a later one."""
        minor = release.numbers[:2]
        first = {since[:2]: since for since in map(interpreters.numbers, self.since)}
        if minor in first:
            return release.numbers >= first[minor]
        return minor > max(first)


@dataclass(frozen=True)
class Change:
    """What became of one symbol between two Releases.

    `kind` is "new", "gone" or "changed"; `diff` a unified diff, whose heads count the
    lines of the files.
    """

    name: str
    old: Release
    new: Release
    kind: str
    diff: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def module(self):
        """The module that it is in, such as "heap"."""
        return self.name.partition(".")[0]

    @property
    def size(self):
        """How many lines are new and how many are gone, as "+3 -1"."""
        marks = [line[:1] for line in self.diff]
        return f"+{marks.count('+')} -{marks.count('-')}"

    @property
    def title(self):
        """What it is in a few words."""
        whole = " outside of its symbols" if self.name == self.module else ""
        return f"{self.name}{whole}: {self.kind} in {self.new.name}, {self.size}"


@functools.cache
def releases():
    """Return the Release of each interpreter at hand, the oldest first."""
    return between(*interpreters.at_hand().values())


def between(*pythons):
    """Return the Releases of interpreters, each once, the oldest first."""
    return sorted(set(map(release, pythons)))


def release(python):
    """Return the Release of the interpreter at `python`; LookupError if it is none."""
    return Release(*interpreters.about(python))


def changes(found):
    """Return the Changes from each of the Releases to the next, file by file.

    A Release whose file cannot be parsed is passed over; see `unread`.
    """
    known = reasons()
    return [
        change
        for module in MODULES
        for old, new in itertools.pairwise(one for one in found if one.is_read(module))
        for change in compared(module, old, new, known)
    ]


def unread(found):
    """Return a sentence for each file that this Python cannot parse."""
    return [
        f"{module}.py of {one.name} is left out: its syntax is new to Python {PYTHON}."
        for one in found
        for module in MODULES
        if not one.is_read(module)
    ]


def compared(module, old, new, known):
    """Yield the Changes of a module between two Releases; `known` are Reasons."""
    before, after = old.lines(module), new.lines(module)
    for name in [*before, *(name for name in after if name not in before)]:
        kind = "gone" if name not in after else "changed" if name in before else "new"
        diff = unified(before.get(name, []), after.get(name, []))
        if diff:
            why = [reason for reason in known if reason.explains(name, old, new)]
            yield Change(name, old, new, kind, tuple(diff), tuple(why))


def unified(old, new):
    """Return the lines of a unified diff of two lists of (number, text)."""
    texts = [[text for _, text in side] for side in (old, new)]
    diff = itertools.islice(difflib.unified_diff(*texts, lineterm=""), 2, None)
    return [_counted(line, old, new) for line in diff]


def reasons(path=REASONS):
    """Return the Reasons of versions.toml."""
    entries = tomllib.loads(path.read_text("utf-8"))["change"]
    return [
        Reason(*(tuple(entry[key]) for key in Reason._fields[:3]), entry["why"])
        for entry in entries
    ]


def chosen(names, found):
    """Return the Changes of the named modules or symbols; LookupError for others."""
    symbols = {
        name
        for one in found
        for module in MODULES
        if one.is_read(module)
        for name in one.lines(module)
    }
    for name in names:
        if name not in symbols:
            raise LookupError(
                source.unknown("symbol", name, source.near(name, sorted(symbols)))
            )
    return [
        change
        for change in changes(found)
        if any(f"{change.name}.".startswith(f"{name}.") for name in names)
    ]


def overview(found):
    """Return a list of what changed, file by file, for a terminal."""
    lines, every = [compares(found), ""], changes(found)
    for module in MODULES:
        here = [change for change in every if change.module == module]
        same = "" if here or len(found) < 2 else ": no change"
        lines.append(f"{module}.py{same}")
        for one in here:
            lines += textwrap.wrap(
                f"{one.title}{_issues(*one.reasons)}",
                show.terminal()[0],
                initial_indent="  ",
                subsequent_indent="      ",
                break_on_hyphens=False,
            )
    return "\n".join(
        [*lines, "", "With a name, such as connection, it shows the diffs."]
    )


def plain(some, colour=False):
    """Return Changes with their diffs, for a terminal."""
    lines, width = [], show.terminal()[0]
    for change in some:
        lines.append(change.title)
        for reason in change.reasons:
            lines += textwrap.wrap(
                f"{reason.why}{_issues(reason)}",
                width,
                initial_indent="  ",
                subsequent_indent="  ",
                break_on_hyphens=False,
            )
        lines += [_painted(line) if colour else line for line in change.diff]
        lines.append("")
    return "\n".join(lines)


def markdown(found=None):
    """Return what changed between Releases as Markdown, a fold for each symbol.

    Between those of `releases` if it is None.
    """
    found = releases() if found is None else found
    lines, every = [compares(found), ""], changes(found)
    for module in MODULES if len(found) > 1 else ():
        here = [change for change in every if change.module == module]
        lines += [f"**`{module}.py`**" + ("" if here else ": no change"), ""]
        for change in here:
            lines += folded(change)
    return "\n".join(lines)


def folded(change):
    """Return the lines of Markdown for one Change: a fold with its diff."""
    rest = change.title.removeprefix(change.name)
    lines = [f"<details><summary><code>{change.name}</code>{rest}</summary>", ""]
    for reason in change.reasons:
        lines += [" ".join([reason.why, *map(markup.issue, reason.issues)]), ""]
    return [*lines, "````diff", *change.diff, "````", "", "</details>", ""]


def compares(found):
    """Return a sentence that says which Releases are compared."""
    names = ", ".join(one.name for one in found)
    said = f"Compared: CPython {names}, each with the one before it."
    if len(found) == 1:
        said = f"Only CPython {names} was found here, so there is nothing to compare."
    return " ".join([said, *unread(found)])


def files():
    """Return the paths of what `markdown` reads."""
    return [REASONS, *(one.path(module) for one in releases() for module in MODULES)]


markdown.reads = files


def main(argv):
    """Print what changed; return the exit status."""
    options = _parser().parse_args(argv)
    found = releases()
    if options.python is not None:
        found = between(sys.executable, options.python)
    if options.markdown:
        print(markdown(found))
        return 0
    try:
        some = chosen(options.names, found)
    except LookupError as error:
        print(f"python -m compare versions: {error}", file=sys.stderr)
        return 2
    if some:
        lines = [*unread(found), plain(some, show.terminal()[1])]
        show.page("\n".join(lines))
    elif options.names:
        print(compares(found), "No change.", sep="\n")
    else:
        show.page(overview(found))
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare versions",
        description="Show what changed in CPython from version to version.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="SYMBOL", help="its diffs; connection, heap.Heap"
    )
    use = "the Python to compare this one with (each at hand, with the next)"
    interpreters.add_option(parser, None, use)
    parser.add_argument("--markdown", action="store_true", help="print all as Markdown")
    return parser


def _counted(line, old, new):
    """Return a line of a diff; a head with the numbers that the files have."""
    head = re.fullmatch(r"@@ -(\d+)(.*) \+(\d+)(.*) @@", line)
    if head is None:
        return line
    first, of_old, second, of_new = head.groups()
    numbers = [
        side[int(at) - 1][0] if side else 0
        for at, side in ((first, old), (second, new))
    ]
    return f"@@ -{numbers[0]}{of_old} +{numbers[1]}{of_new} @@"


def _issues(*some):
    numbers = [number for reason in some for number in reason.issues]
    return "".join(f" gh-{number}" for number in dict.fromkeys(numbers))


def _painted(line):
    code = {"+": show.GREEN, "-": show.MAGENTA, "@": show.GREY}.get(line[:1])
    return f"\033[{code}m{line}\033[0m" if code else line
