"""`{conversation}`: the part that is asked for, shown as lanes, recorded once."""

import html
import importlib
import io
import re
import sys

import pytest
import site_build

from compare import pairs, probe, wire

record = wire.record
DOCS = pairs.ROOT / "docs"
CREATE, APPEND = "(None, 'create', ('list',), {})", "(<list 1>, 'append', (7,), {})"
LONG = f"('#RETURN', (<list 1>, ({'`__add__`, ' * 30}'sort')))"
FRAMES = [
    ("Ann #1", False, "handshake", "", "#CHALLENGE#<20 random bytes>"),
    ("Ann #1", True, "handshake", "", "<MAC, 16 bytes>"),
    ("Ann #1", False, "handshake", "", "#WELCOME#"),
    ("Ann #1", True, "handshake", "", "#CHALLENGE#<20 random bytes>"),
    ("Ann #1", False, "handshake", "", "<MAC, 16 bytes>"),
    ("Ann #1", True, "handshake", "", "#WELCOME#"),
    ("Ann #1", True, "server", "create", CREATE),
    ("Ann #1", False, "server", "create", LONG),
    ("Bob #1", True, "object", "list 1", APPEND),
    ("Ann #2", True, "object", "list 1", "(<list 1>, '__or__', ('a|b',), {})"),
    ("Bob #1", False, "object", "list 1", "('#RETURN', None)"),
    ("Bob #1", True, "object", "list 1", "(<list 1>, 'pop', (), {})"),
]


def recorded(program, impl):
    """Return a conversation without a run."""
    messages = [wire.Message(who.split()[0], who, *rest, 5) for who, *rest in FRAMES]
    status, error = (1, "Traceback\n") if program == "one_core" else (0, "")
    run = probe.Transcript(program, impl, "fork", "", error, status, 0.0)
    return wire.Conversation(run, messages)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """build(options, ...) -> (the HTML of a conversation for each, what was warned)."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(DOCS)])
    monkeypatch.setattr(wire, "record", recorded)
    cache = importlib.import_module("_ext.conversation").recorded
    cache.cache_clear()

    def run(*options, program="manager_calls", builder="html"):
        source, out, trees = (tmp_path / name for name in ("source", "out", "trees"))
        source.mkdir(exist_ok=True)
        fences = [f":::{{conversation}} {program}\n{one}\n:::\n" for one in options]
        source.joinpath("index.md").write_text("\n".join(["# T\n", *fences]), "utf-8")
        warned = io.StringIO()
        site_build.run_sphinx(source, DOCS, out, trees, builder, warning=warned)
        said = re.sub(r"\x1b\[[0-9;]*m", "", warned.getvalue())
        if builder == "text":
            return out.joinpath("index.txt").read_text("utf-8"), said
        page = out.joinpath("index.html").read_text("utf-8")
        return re.findall(
            r'<figure class="lanes wire conv.*?</figure>', page, re.S
        ), said

    yield run
    cache.cache_clear()


def table(figure):
    """Return the cells of lanes, as rows of (attributes, text)."""
    return [
        [
            (attributes, html.unescape(re.sub(r"<[^>]+>", "", cell)).strip())
            for attributes, cell in re.findall(r"<t[hd](.*?)>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr.*?</tr>", figure, re.S)
    ]


def who(figure):
    """Return the first cells below the header."""
    return [row[0][1] for row in table(figure)[1:]]


def test_whole_conversation(build):
    (figure,), warned = build(":caption: `One` talk")
    assert warned == ""
    assert re.search(r'caption-line"><code.*?One.*?</code> talk', figure)
    header, handshake, create, made, append, alternative, *_ = table(figure)
    assert [text for _, text in header] == ["Client, connection", "Message", "Asked"]
    assert [text for _, text in handshake] == ["Ann #1", "⇄ handshake, md5", ""]
    assert [text for _, text in create] == ["", CREATE, "the server"]
    assert "go-left" in made[1][0] and "go-right" in append[1][0]
    assert re.fullmatch(r"\(.*`__add__`, \.\.\. .*'sort'\)\)\)", made[1][1])
    assert len(made[1][1]) < wire.CUT
    assert append[0][1] == "Bob #1" and append[2][1] == "list 1"
    assert "('a|b',)" in alternative[1][1]


def test_part_is_shown(build):
    figures, warned = build(
        ":from: \"'append'\"\n:to: '#RETURN'",
        ":from: \"'sort')))\"\n:to: Bob",  # where the message is cut
        ":to: Bob",
    )
    assert warned == ""
    assert [who(figure) for figure in figures] == [
        ["Bob #1", "Ann #2", "Bob #1"],
        ["Ann #1", "Bob #1"],
        ["Ann #1", "", "", "Bob #1"],
    ]


def test_connections(build):
    asked = ["Ann", "Ann 1", "2", "1", "Ann 2, Bob"]
    figures, warned = build(*[f":connections: {one}" for one in asked])
    assert warned == ""
    assert [who(figure) for figure in figures] == [
        ["Ann #1", "", "", "Ann #2"],
        ["Ann #1", "", ""],
        ["Ann #2"],
        ["Ann #1", "", "", "Bob #1", "", ""],
        ["Bob #1", "Ann #2", "Bob #1", ""],
    ]


def test_full_shows_each_frame_and_cuts_nothing(build):
    (figure,), warned = build(":full:")
    assert warned == ""
    rows = table(figure)[1:]
    assert len(rows) == len(FRAMES)
    assert rows[0][1][1] == "#CHALLENGE#<20 random bytes> [5 bytes]"
    assert figure.count("__add__") == 30


def test_mistake_is_named_with_its_line(build):
    figures, warned = build(
        ":from: nowhere",
        ":from: append\n:to: create",
        ":connections: Ann, Eve",
        ":impl: pypy",
    )
    assert len(figures) == 1  # the last, under minimp
    errors = re.findall(r"index\.md:(\d+): (?:\w+): (.*) \[", warned)
    assert [int(line) for line, _ in errors] == [3, 7, 12, 17]
    mistakes = [text.removeprefix("conversation manager_calls: ") for _, text in errors]
    assert mistakes[0] == "no message at all contains 'nowhere'"
    after = f'after "Bob #1 → {APPEND} list 1"'
    assert mistakes[1] == f"no message {after} contains 'create'"
    assert mistakes[2] == "no connection 'Eve' in ['Ann #1', 'Ann #2', 'Bob #1']"
    assert mistakes[3].endswith('"pypy" unknown; choose from "cpython", or "minimp"')


def test_program_that_is_unknown_or_fails_is_named(build, monkeypatch):
    _, warned = build("", program="one_core")
    assert "index.md:3: ERROR: conversation one_core: exit status 1" in warned
    monkeypatch.setattr(wire, "record", record)
    _, warned = build("", program="no_such_program")
    assert "index.md:3: ERROR: conversation no_such_program: no program" in warned


def test_recorded_once_for_each_implementation(build, monkeypatch):
    asked = []
    monkeypatch.setattr(
        wire, "record", lambda *args: asked.append(args) or recorded(*args)
    )
    assert build("", ":from: append", ":impl: cpython", ":full:")[1] == ""
    assert asked == [("manager_calls", "minimp"), ("manager_calls", "cpython")]


def test_without_html_it_is_a_table(build):
    text, warned = build(":caption: A talk", builder="text")
    assert warned == ""
    assert text.startswith("T\n*\n\nA talk\n")
    assert re.search(r'"\(<list 1>, \'append\', \(7,\), \{\}\)"', text)
