"""Finds what happened by the last line of a traceback.

Each program in `compare/errors` raises what people search for. Its docstring says what
happened, then why, then in fields:

    Text: the last line, without module names, as `normalised` leaves it; one or more
    Text since 3.13 until 3.13: the same, if only some versions say it
    minimp: what minimp says instead, if it differs; "nothing" if no error comes
    Code: the symbol of CPython that says it, or leads to it
    Do: what helps
    Read: chapter#section
    Method: the start method, if not fork

A field goes on in lines that are indented.
What happens without an error, or after a long wait, is listed in `errors/silent.toml`.
"""

import argparse
import ast
import functools
import math
import platform
import re
import sys
import textwrap
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from compare import interpreters, markup, probe, show, source

ERRORS = Path(__file__).with_name("errors")
SILENT = ERRORS / "silent.toml"
NOTHING = "nothing"
FIELD = re.compile(
    r"(?P<key>Text|minimp|Code|Do|Read|Method)"
    r"(?: since (?P<since>[\d.]+))?(?: until (?P<until>[\d.]+))?: (?P<said>.*)"
)
TRACEBACK = "Traceback (most recent call last):"
FRAME = re.compile(r'  File "(?P<path>.+)", line (?P<rest>\d+, in .+)')
LIBRARY = re.compile(r".*/python3\.\d+/(?!site-packages)(?P<inside>.+)")
WARNING = re.compile(r"^\S.*: (\w+Warning: .*)")
MUST_DIFFER = [
    (r"^(?:\w+\.)+(?=\w+(:|$))", ""),  # the module of the exception
    (r"\b0x[0-9a-f]+", "0x..."),
    (r"\b(pid|parent)=\d+", r"\1=..."),
    (r"'[0-9a-f]{8,}(-\d+)?'", "'...'"),  # idents
    (r"'/\S*(?=/<stdin>')", "'..."),  # a program that came that way
    (r"'/\S+'|\('[\d.]+', \d+\)", "'...'"),  # addresses of managers
    (r"(?<=must be a ctypes type or one of ).+\)", "...)"),  # a list of letters
    (r":?\s*$", ""),
]
ENOUGH = 0.5  # likeness of an entry that is worth showing, up to 1.0
NEAR = 0.75  # of the likeness of the best one


@dataclass(frozen=True)
class Text:
    """A last line, and the Python versions that say it, as tuples of int or None."""

    said: str
    since: tuple | None = None
    until: tuple | None = None

    def holds(self, version):
        """Return whether the Python of `version`, such as (3, 11, 7), says it."""
        early = self.since is not None and version < self.since
        late = self.until is not None and version[: len(self.until)] > self.until
        return not early and not late

    @property
    def versions(self):
        """The versions in words; "" for all."""
        words = [("since", self.since), ("until", self.until)]
        return " ".join(f"{word} {dotted(v)}" for word, v in words if v)


@dataclass(frozen=True)
class Entry:
    """What is known of a few last lines that have one explanation.

    `name` is that of its program; `read` a page and section, "the-proxy#in-a-child".
    `minimp` holds what minimp says instead: None if the same, () if it does nothing.
    """

    name: str
    happened: str
    why: str
    texts: tuple[Text, ...]
    minimp: tuple[str, ...] | None
    code: str
    do: str
    read: str
    method: str

    @property
    def path(self):
        """The file of its program."""
        return ERRORS / f"{self.name}.py"

    def expected(self, impl, version=sys.version_info[:3]):
        """Return the last lines that its program has to raise under `impl`."""
        if impl == "minimp" and self.minimp is not None:
            return self.minimp
        return tuple(text.said for text in self.texts if text.holds(version))


def load():
    """Return {name: Entry}, sorted; ValueError names a docstring that lacks a field."""
    paths = sorted(ERRORS.glob("[!_]*.py"))
    return {path.stem: _entry(path) for path in paths}


def silent():
    """Return [(what you see, where it is explained)] for what has no program."""
    rows = tomllib.loads(SILENT.read_text("utf-8"))["silent"]
    return [(row["see"], row["read"]) for row in rows]


@functools.cache
def raised(name, impl, python):
    """Run a program; return what `last_lines` finds: {last line: where it was said}."""
    entry = _entry(ERRORS / f"{name}.py")
    run = probe.run(str(entry.path), impl, entry.method, python)
    if run.status is None or run.status < 0:
        raise RuntimeError(f"{name} under {impl}: {run.failure}")
    return last_lines(run.stderr)


def raised_by_all(python=sys.executable):
    """Return {(name, impl): what it raised} of all programs, two at a time."""
    jobs = [(name, impl) for name in load() for impl in probe.MODULES]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda job: raised(*job, python), jobs)
        return dict(zip(jobs, found, strict=True))


def last_lines(stderr):
    """Return {last line: where it was said} of tracebacks, normalised, as they came.

    Where: the two lines of the innermost frame, if that is in the standard library,
    else "". A warning counts as a last line.
    """
    found, frame, inside = {}, "", False
    lines = stderr.splitlines()
    for i, line in enumerate(lines):
        warning = WARNING.match(line)
        if TRACEBACK in line:
            inside, frame = True, ""
        elif FRAME.match(line):
            frame = _frame(*lines[i : i + 2])
        elif inside and line and not line.startswith(" "):
            text = line + _rest(lines[i + 1 :]) if line.endswith(": ") else line
            found.setdefault(normalised(text), frame)
            inside = False
        elif warning:
            found.setdefault(normalised(warning[1]), "")
    return found


def normalised(line):
    """Return a last line without what differs from run to run."""
    for pattern, replacement in MUST_DIFFER:
        line = re.sub(pattern, replacement, line)
    return line


def nearest(text, most=3):
    """Return up to `most` entries or silent rows, each with its likeness to `text`.

    Words count the more, the fewer entries have them; those that none has, such as the
    names of your program, and numbers count nothing.
    """
    known = _searchable()
    spread = Counter(word for bag in known.values() for word in bag)
    weight = {word: math.log(1 + len(known) / n) ** 2 for word, n in spread.items()}
    asked = words(text) & weight.keys()
    likeness = {key: _likeness(asked, bag, weight) for key, bag in known.items()}
    best = {}
    for (item, _), score in likeness.items():
        best[item] = max(score, best.get(item, 0))
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    least = max([ENOUGH, *(NEAR * score for _, score in ranked[:1])])
    return [(item, score) for item, score in ranked[:most] if score >= least]


def words(text):
    """Return the words of a last line, in small letters, without numbers."""
    found = re.findall(r"[^\W\d]\w*", normalised(text).lower())
    return set(found)


def markdown():
    """Return the index as Markdown: each entry with what its program raises here."""
    found = raised_by_all()
    entries = sorted(load().values(), key=lambda entry: entry.read)
    parts = [_table(entries, found), *(_section(entry, found) for entry in entries)]
    return "\n\n".join(parts)


def silent_markdown():
    """Return the table of `silent` as Markdown."""
    rows = [[see, _link(read)] for see, read in silent()]
    head = ["what you see", "where it is explained"]
    return markup.table(head, "|:--|:--|", rows)


# The site reads the page anew when one of these changes.
markdown.reads = [*sorted(ERRORS.glob("*.py"))]
silent_markdown.reads = [SILENT]


def main(argv):
    """Print what comes near the text, or the whole index; return the exit status."""
    options = _parser().parse_args(argv)
    if options.check:
        return _check(options.python)
    if not options.text:
        print("\n".join(_listed()))
        return 0
    columns, _ = show.terminal()
    library = interpreters.about(options.python).library
    found = nearest(" ".join(options.text))
    for item, _ in found:
        print(_plain(item, min(columns, 88), library), end="\n\n")
    if not found:
        print("No entry comes near; `python -m compare errors` lists all texts.")
    return 0 if found else 1


def anchor(entry):
    """Return the anchor of an entry on the page."""
    return "error-" + entry.name.replace("_", "-")


def dotted(version):
    """Return (3, 13) as "3.13"."""
    return ".".join(map(str, version))


@functools.cache  # each search goes through all of them
def _entry(path):
    """Read the docstring of a program."""
    prose, fields = _fields(ast.get_docstring(source.parse(path.read_text("utf-8"))))
    said = {}
    for match, value in fields:
        said.setdefault(match["key"], []).append((match, value))
    for key in ("Text", "Code", "Do", "Read"):
        if key not in said:
            raise ValueError(f"{path.name}: no field {key}")
    texts = [
        Text(value, _version(match["since"]), _version(match["until"]))
        for match, value in said["Text"]
    ]
    minimp = [value for _, value in said.get("minimp", [])]
    return Entry(
        name=path.stem,
        happened=prose[0],
        why=" ".join(" ".join(prose[1:]).split()),
        texts=tuple(texts),
        minimp=tuple(t for t in minimp if t != NOTHING) if minimp else None,
        code=said["Code"][0][1],
        do=said["Do"][0][1],
        read=said["Read"][0][1],
        method=said["Method"][0][1] if "Method" in said else "fork",
    )


def _fields(text):
    """Return (the lines of prose, [(match of FIELD, whole value)]) of a docstring."""
    prose, fields = [], []
    for line in text.splitlines():
        match = FIELD.fullmatch(line)
        if match:
            fields.append((match, match["said"]))
        elif fields:
            match, value = fields.pop()
            fields.append((match, f"{value} {line.strip()}"))
        else:
            prose.append(line)
    return prose, fields


def _version(text):
    return tuple(map(int, text.split("."))) if text else None


def _frame(line, code=""):
    """Return a frame of a traceback without folders; "" if it is not CPython's own."""
    frame = FRAME.match(line)
    library = LIBRARY.fullmatch(frame["path"])
    if library is None:
        return ""
    return f'  File "{library["inside"]}", line {frame["rest"]}\n{code}'


def _rest(lines):
    """Return the paragraph of a message that begins below the exception's name."""
    taken = []
    for line in lines:
        if not line.startswith(" ") or not line.strip():
            break
        taken.append(line.strip())
    return " ".join(taken)


def _searchable():
    """Return {(Entry or silent row, a text of it): its words}."""
    known = {}
    for entry in load().values():
        said = [text.said for text in entry.texts] + list(entry.minimp or ())
        known |= {(entry, text): words(text) for text in said}
    return known | {(row, row[0]): words(row[0]) for row in silent()}


def _likeness(asked, bag, weight):
    """Return how much of both sets of words is common, by weight, from 0 to 1."""
    common, of_asked, of_bag = (
        sum(weight[word] for word in some) for some in (asked & bag, asked, bag)
    )
    return common / math.sqrt(of_asked * of_bag) if common else 0.0


def _table(entries, found):
    """Return the table of all texts, from A to Z, each linked to its entry."""
    rows = [
        (text, note, f"[{entry.happened}](#{anchor(entry)})")
        for entry in entries
        for text, note in _said(entry, found).items()
    ]
    cells = [
        [_cell(_code(text) + (note and f" ({note})")), _cell(link)]
        for text, note, link in sorted(rows, key=lambda row: row[0].lower())
    ]
    return markup.table(["the last line", "what happened"], "|:--|:--|", cells)


def _said(entry, found):
    """Return {text: who says it}: "" for this Python, else versions, or minimp."""
    said = dict.fromkeys(_shown(entry, found), "")
    for text in _elsewhere(entry):
        said.setdefault(text.said, text.versions)
    for text in entry.minimp or ():
        said.setdefault(text, "minimp")
    return said


def _section(entry, found):
    """Return the Markdown of an entry."""
    told = {
        "What to do": entry.do,
        "In CPython": f"{{src}}`{entry.code}`",
        "In minimp": _minimp_says(entry, found),
        "Read on": _link(entry.read),
        "Run it": f"`{_command(entry)}`",
    }
    head = f":::{{rubric}} {entry.happened}\n:heading-level: 2\n:::"
    items = "\n\n".join(f"{term}\n: {text}" for term, text in told.items())
    parts = [head, *_texts(entry, found), entry.why, items]
    return f"({anchor(entry)})=\n" + "\n\n".join(filter(None, parts))


def _texts(entry, found):
    """Yield what is said on this Python, and then on others, as Markdown."""
    places = found[entry.name, "cpython"]
    ends = [f"{places[text]}\n{text}".strip("\n") for text in _shown(entry, found)]
    if ends:
        yield "\n".join(["```text", "\n\n".join(ends), "```"])
    else:
        yield f"CPython {platform.python_version()} raises no error."
    others = [f"- {_code(text.said)}, {text.versions}" for text in _elsewhere(entry)]
    if others:
        yield "\n".join(["On other Pythons:\n", *others])


def _elsewhere(entry):
    """Return the texts that this Python does not say."""
    return [text for text in entry.texts if not text.holds(sys.version_info[:3])]


def _shown(entry, found):
    """Return those of an entry's texts that its program has raised here.

    On a Python that says none of them, all that it has raised.
    """
    here, expected = found[entry.name, "cpython"], entry.expected("cpython")
    return [text for text in here if text in expected] or list(here)


def _minimp_says(entry, found):
    if entry.minimp is None:
        return "The same."
    said = [text for text in found[entry.name, "minimp"] if text in entry.minimp]
    return "; ".join(map(_code, said)) or "No error."


def _link(read):
    """Return links to a chapter and to its section, with their titles as texts."""
    page, _, section = read.partition("#")
    return f"{{doc}}`../chapters/{page}`, [](../chapters/{page}.md#{section})"


def _code(text):
    """Return a text as code in Markdown."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _cell(text):
    return text.replace("|", r"\|")


def _plain(item, width, library=None):
    """Return an entry, or a silent row, as lines for a terminal.

    The line of CPython that says it is that in a library, as `source.find` has it.
    """
    if isinstance(item, tuple):
        return _labelled(
            {"": item[0], "Read": f"docs/chapters/{_file(item[1])}"}, width
        )
    texts = [
        f"{text.said}  ({text.versions})" if text.versions else text.said
        for text in item.texts
    ]
    minimp = "the same" if item.minimp is None else "\n".join(item.minimp) or "no error"
    prose = _labelled({"": f"{item.happened} {item.why}"}, width)
    told = {
        "Do": item.do,
        "CPython": f"{item.code}, {_where(item.code, library)}",
        "minimp": minimp,
        "Read": f"docs/chapters/{_file(item.read)}",
        "Run": _command(item),
    }
    return "\n\n".join(["\n".join(texts), prose, _labelled(told, width)])


def _labelled(told, width):
    """Return a paragraph for each line of a text, with the labels in a column."""
    lines = []
    for label, text in told.items():
        first = f"  {label + ':':9}" if label else "  "
        rest = " " * len(first)
        for line in text.splitlines():
            lines += textwrap.wrap(
                line,
                width,
                initial_indent=first,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
            first = rest
    return "\n".join(lines)


def _command(entry):
    """Return the command that runs the program of an entry."""
    method = "" if entry.method == "fork" else f" --method {entry.method}"
    return f"python -m compare run compare/errors/{entry.name}.py{method}"


def _file(read):
    """Return "the-proxy#a-section" as "the-proxy.md#a-section"."""
    return read.replace("#", ".md#")


def _where(code, library):
    """Return the file and first line of a symbol."""
    symbol = source.find(code, library)
    return f"{symbol.path.parent.name}/{symbol.path.name}:{symbol.first}"


def _listed():
    """Yield all texts, each with the name of its program."""
    for entry in load().values():
        yield from (f"{text.said}  [{entry.name}]" for text in entry.texts)


def _check(python):
    """Run all programs by an interpreter; print what is not raised, return 1 if any."""
    version, entries, wrong = interpreters.about(python).numbers, load(), 0
    for (name, impl), found in raised_by_all(python).items():
        for text in entries[name].expected(impl, version):
            if text not in found:
                wrong += 1
                print(f"{name}, {impl}: not raised: {text}\n  but: {'; '.join(found)}")
    who = f"{len(entries)} programs under CPython {dotted(version)} and minimp"
    print(f"{who}: {wrong} texts amiss.")
    return 1 if wrong else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare errors",
        description="Find what happened by the last line of a traceback.",
    )
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the line (list all)")
    parser.add_argument(
        "--check", action="store_true", help="run the programs: do they raise it?"
    )
    interpreters.add_option(parser)
    return parser
