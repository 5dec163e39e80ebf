"""Each exhibit tells CPython's bug from minimp's repair; verb and page say so."""

import ast
import os
import platform
import sys
import tempfile
import types

import pytest

from compare import __main__ as verbs
from compare import museum, pairs, probe

FEW = ["handed_out_twice", "ipv6"]


@pytest.fixture(scope="session")
def shown():
    """Return {name: Shown}: every exhibit, run once."""
    return {one.name: one for one in museum.visit()}


def is_mended(exhibit, version):
    *others, last = getattr(exhibit, "MENDED", [(4,)])
    return version >= last or any(
        version[:2] == first[:2] and version >= first for first in others
    )


def check(one, version):
    expected = museum.MENDED if is_mended(one.exhibit, version) else museum.STILL_THERE
    assert one.verdict("cpython") == expected, one.cpython
    assert one.verdict("minimp") == museum.MENDED, one.minimp


@pytest.mark.parametrize("name", museum.names())
def test_exhibit_tells_the_two_apart(shown, name):
    """When CPython's side fails, it may be mended there: note that as MENDED."""
    check(shown[name], sys.version_info[:3])


@pytest.mark.parametrize(
    "version, mended",
    [((3, 11, 8), False), ((3, 11, 9), True), ((3, 12, 2), False), ((3, 12, 4), True)]
    + [((3, 13, 0), True), ((3, 14, 1), True)],
)
def test_mended_in_more_than_one_version(version, mended):
    assert is_mended(museum.load("empty_key"), version) is mended


@pytest.mark.parametrize("name", museum.names())
def test_exhibit_is_complete(name):
    exhibit = museum.load(name)
    title, story = exhibit.__doc__.split("\n\n")
    assert title.endswith(".") and "\n" not in title and "ould expect" in story
    assert exhibit.ISSUE is None or type(exhibit.ISSUE) is int
    assert pairs.get(exhibit.PAIR).name == exhibit.PAIR
    assert not exhibit.has_bug(exhibit.EXPECTED.splitlines())


@pytest.mark.parametrize("name", museum.names())
def test_probe_gets_all_from_mp(name):
    tree = ast.parse((museum.FOLDER / f"{name}.py").read_text("utf-8"))
    functions = {node.name: node for node in tree.body if hasattr(node, "name")}
    assert [arg.arg for arg in functions["main"].args.args] == ["mp"]
    assert functions["main"].end_lineno - functions["main"].lineno < 25
    assert "minimp" not in {
        alias.name for node in tree.body for alias in getattr(node, "names", ())
    }


# --- what a verdict rests on ----------------------------------------------------------


def exhibit_with(**names):
    exhibit = types.ModuleType(
        "compare.museum.leak", "A leak.\n\nNone, you would expect."
    )
    vars(exhibit).update(
        EXPECTED="dry\n", ISSUE=1, PAIR="heap.Heap", has_bug=lambda x: x == ["wet"]
    )
    vars(exhibit).update(names)
    return exhibit


def transcript(stdout, status=0, stderr=""):
    return probe.Transcript("leak", "cpython", "fork", stdout, stderr, status, 0.1)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (transcript("dry\n"), "mended"),
        (transcript("wet\n"), "still there"),
        (transcript("damp\n"), "unclear"),
        (transcript("dry\ndry\n"), "unclear"),
        (transcript(""), "unclear"),
        (transcript("dry\n", 1), "unclear"),
        (transcript("wet\n", None), "unclear"),
        (transcript("wet\n", 0, "a warning"), "still there"),
    ],
)
def test_verdict(run, expected):
    assert museum.verdict(exhibit_with(), run) == expected


def test_verdict_without_output_does_not_ask():
    """has_bug may take for granted that there is a line."""
    exhibit = exhibit_with(has_bug=lambda lines: lines[0] == "wet")
    assert museum.verdict(exhibit, transcript("")) == "unclear"


# --- what is shown --------------------------------------------------------------------

WET_AND_DRY = transcript("wet\n"), transcript("dry\n")


def test_table():
    shown = [museum.Shown(exhibit_with(), *WET_AND_DRY)]
    shown += [museum.Shown(exhibit_with(ISSUE=None), *WET_AND_DRY[::-1])]
    link = "{{ref}}`{title} <{anchor}>`"
    assert museum.table(shown, "3.99", link).split("\n") == [
        "| exhibit | issue | CPython 3.99 | minimp |",
        "|:--|:--|:--|:--|",
        "| {ref}`A leak <museum-leak>` "
        "| [gh-1](https://github.com/python/cpython/issues/1) | still there | mended |",
        "| {ref}`A leak <museum-leak>` |  | mended | still there |",
        "",
        "Of 2 bugs, still there in CPython 3.99: 1, in minimp: 1.",
    ]


def shown_as(name, cpython, minimp):
    return museum.Shown(museum.load(name), transcript(cpython), transcript(minimp))


def test_room():
    text = museum.room(shown_as("ipv6", "AF_INET\n", "AF_INET6\n"), "3.99")
    head = ":::{rubric} A tuple is taken for an IPv4 address\n:name: museum-ipv6\n"
    assert text.startswith(head)
    both = "CPython 3.99: still there\n    AF_INET\nminimp: mended\n    AF_INET6\n"
    assert f"\n\n```text\n{both}```\n\n" in text
    assert "compare/museum/ipv6.py</summary>\n\n```python\nISSUE = 90966" in text
    assert "def has_bug" in text
    assert text.endswith(
        "explains it: [`connection.address_type`](#connection.address_type). "
        "CPython's issue: "
        "[gh-90966](https://github.com/python/cpython/issues/90966)."
    )
    assert text.count("```") == 4
    without = museum.room(shown_as("lost_bytes", "", ""), "3.99")
    assert without.endswith(
        "`python -m compare connection.Connection.recv_bytes_into`."
    )


def test_page_shows_all(monkeypatch):
    monkeypatch.setattr(probe, "run", lambda *_: transcript("dry\n"))
    monkeypatch.setattr(museum, "_visited", lambda: (list(museum.visit()), "3.99"))
    rooms, table = museum.rooms(), museum.markdown()
    for name in museum.names():
        assert f":name: museum-{name.replace('_', '-')}\n" in rooms
        assert f"<museum-{name.replace('_', '-')}>" in table


# --- the verb -------------------------------------------------------------------------


def test_verb_shows_the_named(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert verbs.main(["museum", *FEW]) == 0
    out = capsys.readouterr().out
    version = platform.python_version()
    assert max(map(len, out.splitlines())) <= 80
    blocks = out.split("\n\n")
    assert blocks[0].startswith("== handed_out_twice: A child's value and a new ")
    assert " (gh-110660)\nThe parent drops a value " in blocks[0]
    assert blocks[1].split("\n") == [
        f"CPython {version}: still there",
        "    the child's value: 7",
        "minimp: mended",
        "    the child's value: 1",
        "explained by: python -m compare heap.Heap.free",
    ]
    assert blocks[2].startswith("== ipv6: A tuple is taken for an IPv4 address (")
    assert blocks[-1] == (
        f"Of 2 bugs, still there in CPython {version}: 2, in minimp: 0.\n"
    )


def test_verb_prints_markdown(capsys):
    assert verbs.main(["museum", "ipv6", "--markdown"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("| exhibit | issue | CPython ")
    row = "| [gh-90966](https://github.com/python/cpython/issues/90966) | still there |"
    assert f"\n| A tuple is taken for an IPv4 address {row} mended |\n" in out


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        (WET_AND_DRY, 0),
        ([transcript("dry\n")] * 2, 0),
        ([transcript("wet\n")] * 2, 1),
        ([transcript("damp\n"), transcript("dry\n")], 1),
        ([transcript("wet\n"), transcript("", 1, "Traceback\nOSError: no")], 1),
    ],
)
def test_status_of_the_verb(monkeypatch, capsys, runs, status):
    shown = museum.Shown(exhibit_with(), *runs)
    monkeypatch.setattr(museum, "visit", lambda names, python: iter([shown]))
    assert verbs.main(["museum"]) == status
    out = capsys.readouterr().out
    assert ("minimp: unclear\n    exit status 1\n    OSError: no\n" in out) == bool(
        runs[1].status
    )


def test_unknown_exhibit_is_named(capsys):
    assert verbs.main(["museum", "mona_lisa"]) == 2
    err = capsys.readouterr().err
    assert "no exhibit 'mona_lisa'\n`python -m compare museum --help` lists" in err
    assert verbs.main(["museum", "ipv4"]) == 2
    assert "no exhibit 'ipv4'; near: ipv6\n" in capsys.readouterr().err


def test_other_interpreter_runs_both_sides(monkeypatch):
    asked = []

    def run(path, impl, method, python, *_):
        asked.append((impl, method, python))
        return transcript("wet\n" if impl == "cpython" else "dry\n")

    monkeypatch.setattr(probe, "run", run)
    for name in ("ipv6", "left_in_dev_shm"):
        list(museum.visit([name], "/usr/bin/python"))
    assert asked == [
        (impl, method, "/usr/bin/python")
        for method in ("fork", "spawn")
        for impl in ("cpython", "minimp")
    ]


def test_all_come_in_reading_order(monkeypatch):
    monkeypatch.setattr(probe, "run", lambda *_: transcript("dry\n"))
    order = list(pairs.load())
    places = [order.index(one.exhibit.PAIR) for one in museum.visit()]
    assert len(places) == len(museum.names()) and places == sorted(places)


def test_killed_servers_leave_no_sockets(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:  # its name is short
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        (one,) = museum.visit(["dead_manager"])
        assert one.verdict("cpython") == museum.STILL_THERE
        assert os.listdir(folder) == []


def test_exhibits_come_as_they_were_named():
    """Two are run at a time; the slower first one is not overtaken."""
    names = ["stopped_server", *FEW]
    assert [one.name for one in museum.visit(names)] == names
