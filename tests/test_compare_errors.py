"""The index of errors: each text is raised, is found, and leads somewhere."""

import re
import socket
import sys

import pytest

from compare import __main__ as verbs
from compare import pairs, source, tracebacks

DOCS = pairs.ROOT / "docs"
TRACEBACK = tracebacks.TRACEBACK
IN_LIBRARY = '  File "/usr/lib/python3.11/m/x.py", line 9, in f\n    raise Error(1)'
ENTRIES = tracebacks.load()
LINK = re.compile(r"\]\(\.\./chapters/(?P<page>[\w-]+)\.md#(?P<section>[\w-]+)\)")


def sections(page):
    """Return the anchors of a chapter: its headings as MyST and docutils spell them."""
    text = DOCS.joinpath("chapters", f"{page}.md").read_text("utf-8")
    titles = re.findall(r"^#{1,3} (.+)", text.lower(), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}
    return slugs | {re.sub(r"\W+", "-", title).strip("-") for title in titles}


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("impl", ["cpython", "minimp"])
def test_program_raises_its_texts(name, impl):
    entry = ENTRIES[name]
    if name == "other_family" and not has_ipv6():
        pytest.skip("no IPv6")
    found = tracebacks.raised(name, impl, sys.executable)
    assert [said for said in entry.expected(impl) if said not in found] == []
    if not entry.expected(impl):
        assert found == {}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_minimp_differs_where_it_is_said_to(entry):
    """A text that minimp has of its own is not also what CPython says."""
    if entry.minimp is not None and entry.expected("cpython"):
        theirs = set(entry.expected("cpython"))
        assert theirs - set(tracebacks.raised(entry.name, "minimp", sys.executable))


def test_check_tells_what_is_not_raised(monkeypatch, capsys):
    entry = ENTRIES["no_number"]
    monkeypatch.setattr(tracebacks, "load", lambda: {entry.name: entry})
    monkeypatch.setattr(tracebacks, "raised", lambda *args: {"KeyError: 1": ""})
    assert verbs.main(["errors", "--check"]) == 1
    out = capsys.readouterr().out
    assert "no_number, minimp: not raised: TypeError: unsupported operand" in out
    assert "KeyError: 1" in out


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_entry_leads_to_code_and_a_section(entry):
    assert source.find(entry.code).dotted == entry.code
    page, _, section = entry.read.partition("#")
    assert section in sections(page)


@pytest.mark.parametrize(("see", "read"), tracebacks.silent())
def test_silent_row_leads_to_a_section(see, read):
    page, _, section = read.partition("#")
    assert section in sections(page)


def test_questions_are_answered_in_chapters():
    text = DOCS.joinpath("side-by-side", "questions.md").read_text("utf-8")
    questions = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]
    assert len(questions) == 25
    for question in questions:
        links = list(LINK.finditer(question))
        assert links, question
        for link in links:
            assert link["section"] in sections(link["page"]), link[0]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("'ForkAwareLocal' object has no attribute 'connection'", "manager_gone"),
        ("'AutoProxy[Foo]' object has no attribute 'x'", "names_of_a_proxy"),
        ("RuntimeError: Event objects should only be shared between", "inheritance"),
        ("NameError: name 'counter' is not defined", "global_lock"),
        ("KeyError: '7f1e1d6c8f40'", "last_reference"),
        ("PicklingError: Can't pickle <function f at 0x7f1>", "registered_lambda"),
        ("Object of type DictProxy is not JSON serializable", "proxy_is_no_list"),
        ("ManagerGoneError: the manager at '/tmp/x' is gone", "manager_gone"),
    ],
)
def test_nearest(asked, name):
    (first, _), *_ = tracebacks.nearest(asked)
    assert first.name == name


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_each_text_finds_its_entry(entry):
    for said in [text.said for text in entry.texts] + list(entry.minimp or ()):
        found = tracebacks.nearest(said, most=len(ENTRIES))
        best = max(score for _, score in found)
        assert any(item == entry and score == best for item, score in found), said


def test_only_what_comes_near_is_found():
    one = tracebacks.nearest("'c_int' object has no attribute 'get_lock'")
    assert [item.name for item, _ in one] == ["no_get_lock"]
    assert tracebacks.nearest("'list' object has no attribute 'x'") == []


def test_names_and_numbers_do_not_matter():
    text = "_pickle.PicklingError: Can't pickle <function {} at {}>: attribute lookup"
    one = tracebacks.nearest(text.format("<lambda>", "0x7f00"))
    assert tracebacks.nearest(text.format("<lambda>", "0x12ab")) == one
    gone = "OSError: [Errno {}] Address already in use"
    assert tracebacks.nearest(gone.format(98)) == tracebacks.nearest(gone.format(48))


def test_each_line_of_minimp_stands_by_itself(capsys):
    assert verbs.main(["errors", "object of type 'AutoProxy[Account]' has no len"]) == 0
    lines = [line[11:] for line in capsys.readouterr().out.splitlines()]
    assert "RemoteError" in lines
    assert "TypeError: object of type 'AutoProxy[Account]' has no len()" in lines


def test_verb_prints_what_comes_near(capsys):
    assert verbs.main(["errors", "daemonic processes are not allowed"]) == 0
    out = capsys.readouterr().out
    entry = ENTRIES["daemonic"]
    chapter = "docs/chapters/how-a-process-ends.md#"
    for part in (entry.texts[0].said, entry.code, chapter):
        assert part in out
    assert "the-proxy.md" not in out


def test_verb_finds_what_raises_no_error(capsys):
    assert verbs.main(["errors", "counter.value += 1", "counts too little"]) == 0
    assert "lost-update.md#where-the-lock-is-let-go" in capsys.readouterr().out


def test_verb_says_that_nothing_comes_near(capsys):
    assert verbs.main(["errors", "ModuleNotFoundError: No module named 'x'"]) == 1
    assert capsys.readouterr().out.startswith("No entry comes near")


def test_verb_lists_all_texts(capsys):
    assert verbs.main(["errors"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "EOFError  [manager_gone]" in lines
    assert len(lines) == sum(len(entry.texts) for entry in ENTRIES.values())


def test_page_shows_what_was_raised():
    text, found = tracebacks.markdown(), tracebacks.raised_by_all()
    for entry in ENTRIES.values():
        assert text.count(f"({tracebacks.anchor(entry)})=") == 1
        assert f"{{src}}`{entry.code}`" in text
        frames = found[entry.name, "cpython"]
        for said in entry.expected("cpython"):
            assert f"\n{frames[said]}\n{said}\n".replace("\n\n", "\n") in text


def test_table_has_each_text_with_who_says_it():
    rows = tracebacks.markdown().split("\n\n")[0].split("\n")[2:]
    order = [re.match(r"\| `(.*?)`", row)[1].lower() for row in rows]
    assert order == sorted(order)
    for entry in ENTRIES.values():
        link = f"[{entry.happened}](#{tracebacks.anchor(entry)}) |"
        for text in entry.texts:
            note = "" if text.holds(sys.version_info[:3]) else f" ({text.versions})"
            assert f"| `{text.said}`{note} | {link}".replace("|:", r"\|:") in rows
        for said in set(entry.minimp or ()) - set(entry.expected("cpython")):
            assert f"| `{said}` (minimp) | {link}" in rows


@pytest.mark.parametrize(
    ("field", "version", "holds"),
    [
        ((None, None), (3, 11, 0), True),
        (((3, 13), None), (3, 12, 9), False),
        (((3, 13), None), (3, 13, 0), True),
        ((None, (3, 12)), (3, 12, 9), True),
        ((None, (3, 12)), (3, 13, 0), False),
        (((3, 11, 5), None), (3, 11, 4), False),
        (((3, 11, 5), None), (3, 11, 5), True),
        (((3, 13), (3, 13)), (3, 13, 2), True),
    ],
)
def test_versions(field, version, holds):
    assert tracebacks.Text("said", *field).holds(version) is holds


@pytest.mark.parametrize(
    ("stderr", "found"),
    [
        ("", {}),
        ("two words\n", {}),
        (f"{TRACEBACK}\n  File\nEOFError\n", {"EOFError": ""}),
        (
            f'{TRACEBACK}\n  File "/usr/lib/python3.11/a.py", line 1, in run\n'
            f"    do()\n    ^^^^\n{IN_LIBRARY}\na.b.Error: 1\n\n"
            f"During handling\n\n{TRACEBACK}\n{IN_LIBRARY}\n"
            '  File "/home/y.py", line 2, in g\n    d[k]\n'
            f"KeyError: '7f54c1717040'\n{TRACEBACK}\n{IN_LIBRARY}\nError: 1\n"
            f"{TRACEBACK}\nEOFError\n",
            {
                "Error: 1": '  File "m/x.py", line 9, in f\n    raise Error(1)',
                "KeyError: '...'": "",
                "EOFError": "",
            },
        ),
        (
            f"{TRACEBACK}\n  x\nm.RemoteError: \n-----\n"
            f"{TRACEBACK}\n  y\nKeyError: 'a'\n-----\n",
            {"RemoteError": "", "KeyError: 'a'": ""},
        ),
        (
            f"{TRACEBACK}\nRuntimeError: \n  An attempt\n  has been made\n\n  This\n",
            {"RuntimeError: An attempt has been made": ""},
        ),
        ("/lib/x.py:9: UserWarning: leaked\n  warn(\n", {"UserWarning: leaked": ""}),
    ],
)
def test_last_lines(stderr, found):
    lines = tracebacks.last_lines(stderr)
    assert list(lines.items()) == list(found.items())


def test_field_goes_on_in_indented_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(tracebacks, "ERRORS", tmp_path)
    text = "It.\n\nWhy\nso.\n\nText: E: one\n    two\nCode: a\nDo: b\nRead: c\n"
    tmp_path.joinpath("one.py").write_text(f'"""{text}"""\n')
    entry = tracebacks.load()["one"]
    assert (entry.happened, entry.why) == ("It.", "Why so.")
    assert entry.texts == (tracebacks.Text("E: one two"),)
    assert entry.minimp is None
    assert entry.expected("minimp") == ("E: one two",)


def test_docstring_without_a_field_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tracebacks, "ERRORS", tmp_path)
    tmp_path.joinpath("one.py").write_text('"""It.\n\nText: E\nCode: a\nDo: b\n"""\n')
    with pytest.raises(ValueError, match=r"one\.py: no field Read"):
        tracebacks.load()


def test_program_that_is_killed_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tracebacks, "ERRORS", tmp_path)
    text = '"""It.\n\nText: E\nCode: a\nDo: b\nRead: c\n"""\nimport os\n'
    body = "def main(mp):\n    os.kill(os.getpid(), 9)\n"
    tmp_path.joinpath("killed.py").write_text(text + body)
    with pytest.raises(RuntimeError, match="killed under cpython: ended by SIGKILL"):
        tracebacks.raised("killed", "cpython", sys.executable)
