"""What changed from version to version is found, all of it, and nothing else."""

import dataclasses
import itertools
import re
import sys
from collections import Counter

import pytest

from compare import __main__ as verbs
from compare import interpreters, pairs, versions

RUNS = sys.version.split()[0]
OLD = """\
\"\"\"A module.\"\"\"

import os

LIMIT = 20

class Heap:
    \"\"\"A class.

    With a text.
    \"\"\"

    size = 1

    def malloc(self):
        first = 1

        return first

    def free(self):
        pass

def gone():
    pass
"""
NEW = """\
\"\"\"A module.\"\"\"

import os
import sys

LIMIT = 40


class Heap:
    \"\"\"A class.

    With a text.
    \"\"\"

    size = 1

    def malloc(self):
        first = 2

        return first

    def free(self):
        pass

    def new(self):
        pass
"""
REASON = """\
[[change]]
since = ["3.12.4", "3.13.0"]
names = ["heap.Heap.*", "heap.LIMIT"]
issues = [12, 34]
why = "It was too small."
"""


def library(folder, numbers, text):
    """Write a standard library of which only heap.py says something."""
    for module in versions.MODULES:
        path = folder / "multiprocessing" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if module == "heap" else "")
    return versions.Release(numbers, ".".join(map(str, numbers)), folder)


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two Releases, as if they were those at hand, and a reason."""
    (tmp_path / "reasons.toml").write_text(REASON)
    known = versions.reasons(tmp_path / "reasons.toml")
    monkeypatch.setattr(versions, "reasons", lambda: known)
    found = [
        library(tmp_path / "old", (3, 12, 1), OLD),
        library(tmp_path / "new", (3, 13, 0), NEW),
    ]
    monkeypatch.setattr(versions, "releases", lambda: found)
    return found


def changed(found):
    return {change.name: change for change in versions.changes(found)}


# --- what is compared --------------------------------------------------------


def test_releases_are_those_at_hand(monkeypatch):
    known = dict(reversed(interpreters.at_hand().items()))
    monkeypatch.setattr(interpreters, "at_hand", lambda: known)
    found = versions.releases.__wrapped__()
    minors = [release.numbers[:2] for release in found]
    assert minors == sorted(interpreters.at_hand())
    assert sys.version_info[:3] in [release.numbers for release in found]
    for release in found:
        assert (release.library / "multiprocessing" / "heap.py").is_file()


def test_each_line_belongs_to_the_innermost_symbol(two):
    lines = two[0].lines("heap")
    assert lines["heap"] == [(1, '"""A module."""'), (3, "import os")]
    assert lines["heap.LIMIT"] == [(5, "LIMIT = 20")]
    assert [number for number, _ in lines["heap.Heap"]] == [7, 8, 10, 11]
    assert lines["heap.Heap.malloc"][2] == (17, "")
    assert [number for number, _ in lines["heap.Heap.malloc"]] == [15, 16, 17, 18]


@pytest.mark.parametrize("module", versions.MODULES)
def test_no_line_of_cpython_is_lost(module):
    for release in versions.releases():
        path = release.library / "multiprocessing" / f"{module}.py"
        texts = path.read_text("utf-8").splitlines()
        lines = sorted(itertools.chain(*release.lines(module).values()))
        assert [text for _, text in lines if text.strip()] == list(
            filter(str.strip, texts)
        )
        assert all(texts[number - 1] == text for number, text in lines)


# --- what changed ------------------------------------------------------------


def test_changes_of_each_kind(two):
    kinds = {name: (change.kind, change.size) for name, change in changed(two).items()}
    assert kinds == {
        "heap": ("changed", "+1 -0"),
        "heap.LIMIT": ("changed", "+1 -1"),
        "heap.Heap.malloc": ("changed", "+1 -1"),
        "heap.gone": ("gone", "+0 -2"),
        "heap.Heap.new": ("new", "+2 -0"),
    }


def test_heads_count_the_lines_of_the_files(two):
    found = changed(two)
    assert found["heap.Heap.malloc"].diff == (
        "@@ -15,4 +17,4 @@",
        "     def malloc(self):",
        "-        first = 1",
        "+        first = 2",
        " ",
        "         return first",
    )
    assert found["heap.Heap.new"].diff[0] == "@@ -0,0 +25,2 @@"
    assert found["heap.gone"].diff[0] == "@@ -23,2 +0,0 @@"


def test_reason_stands_by_what_it_names(two):
    found = changed(two)
    why = {
        name: [one.issues for one in change.reasons] for name, change in found.items()
    }
    assert why["heap.Heap.malloc"] == why["heap.LIMIT"] == [(12, 34)]
    assert why["heap"] == why["heap.gone"] == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((3, 12, 3), (3, 12, 4), True),
        ((3, 12, 4), (3, 12, 5), False),
        ((3, 12, 4), (3, 13, 0), False),  # both have it
        ((3, 12, 3), (3, 13, 0), True),
        ((3, 11, 9), (3, 12, 3), False),
        ((3, 11, 9), (3, 14, 0), True),
        ((3, 13, 0), (3, 14, 0), False),
    ],
)
def test_branch_has_a_change_since_its_own_release(old, new, expected, tmp_path):
    reason = versions.Reason(("3.12.4", "3.13.0"), ("heap.*",), (), "")
    old, new = (versions.Release(numbers, "", tmp_path) for numbers in (old, new))
    assert reason.explains("heap.Heap", old, new) is expected


def test_what_is_told_of_cpython_is_all_of_it():
    """The lines that came and went account for the difference of the files."""
    found = versions.releases()
    for old, new in itertools.pairwise(found):
        for module in versions.MODULES:
            marks, files = Counter(), Counter()
            for change in versions.compared(module, old, new, []):
                marks.update(line[1:] for line in change.diff if line[0] == "+")
                marks.subtract(line[1:] for line in change.diff if line[0] == "-")
            for sign, release in ((1, new), (-1, old)):
                path = release.library / "multiprocessing" / f"{module}.py"
                for text in path.read_text("utf-8").splitlines():
                    files[text] += sign
            del marks[""], files[""]
            assert +marks == +files and -marks == -files, module


def test_every_reason_explains_a_change():
    found = versions.releases()
    steps = list(itertools.pairwise(found))
    seen = [reason for change in versions.changes(found) for reason in change.reasons]
    for reason in versions.reasons():
        if any(reason.is_in(new) and not reason.is_in(old) for old, new in steps):
            assert reason in seen, reason.why


def test_changes_between_recorded_versions_have_a_reason():
    groups = [group for pair in pairs.load().values() for group in pair.hashes.values()]
    recorded = set(itertools.chain(*groups))
    for change in versions.changes(versions.releases()):
        if {change.old.name, change.new.name} <= recorded:
            assert change.reasons, change.title


def test_handshake_changed_in_3_12():
    minors = {release.numbers[:2] for release in versions.releases()}
    if not {(3, 11), (3, 12)} <= minors:
        pytest.skip("3.11 and 3.12 are not both at hand")
    [change] = [
        change
        for change in versions.chosen(
            ["connection.deliver_challenge"], versions.releases()
        )
        if change.new.numbers[:2] == (3, 12)
    ]
    assert change.kind == "changed"
    assert [reason.issues for reason in change.reasons] == [(61460,)]
    assert any(
        line.startswith("+") and "digest_name='sha256'" in line for line in change.diff
    )


# --- how it is shown ---------------------------------------------------------


def test_overview_has_each_change(two, capsys):
    assert verbs.main(["versions"]) == 0
    out = capsys.readouterr().out
    assert "CPython 3.12.1, 3.13.0, each with the one before it" in out
    assert "  heap outside of its symbols: changed in 3.13.0, +1 -0\n" in out
    assert "  heap.LIMIT: changed in 3.13.0, +1 -1 gh-12 gh-34\n" in out
    assert "managers.py: no change\n" in out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("heap", 5),
        ("heap.Heap", 2),
        ("heap.Heap.malloc", 1),
        ("heap.Heap.free", 0),
        ("managers", 0),
    ],
)
def test_name_stands_for_what_is_in_it(two, capsys, name, shown):
    assert verbs.main(["versions", name]) == 0
    out = capsys.readouterr().out
    assert out.count("@@ -") == shown
    assert ("No change." in out) == (shown == 0)


def test_unknown_name_is_named_with_near_misses(two, capsys):
    assert verbs.main(["versions", "heap.Heap.maloc"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "'heap.Heap.maloc'" in err
    assert "near: heap.Heap.malloc" in err


def test_markdown_folds_each_change(two, capsys):
    assert verbs.main(["versions", "--markdown"]) == 0
    out = capsys.readouterr().out
    folds = re.findall(r"<details><summary><code>(\S+)</code>", out)
    assert sorted(folds) == sorted(changed(two))
    assert out.count("</details>") == out.count("````diff") == len(folds)
    assert (
        "It was too small. [gh-12](https://github.com/python/cpython/issues/12)" in out
    )
    for change in changed(two).values():
        assert "\n".join(change.diff) in out


@pytest.mark.parametrize("option", [[], ["--markdown"]])
def test_single_version_is_told(two, monkeypatch, capsys, option):
    monkeypatch.setattr(versions, "releases", lambda: two[:1])
    assert verbs.main(["versions", *option]) == 0
    out = capsys.readouterr().out
    assert "Only CPython 3.12.1 was found" in out
    assert "no change" not in out
    assert "<details>" not in out


@pytest.mark.parametrize("argv", [[], ["--markdown"], ["heap.LIMIT"], ["reduction"]])
def test_file_that_cannot_be_parsed_is_passed_over(two, tmp_path, capsys, argv):
    two.append(library(tmp_path / "newer", (3, 99, 0), "def ("))
    assert verbs.main(["versions", *argv]) == 0
    out = capsys.readouterr().out
    assert f"heap.py of 3.99.0 is left out: its syntax is new to Python {RUNS}." in out
    assert out.count("is left out") == 1
    assert ("LIMIT" in out) == (argv != ["reduction"])


def test_reasons_fit_the_terminal(two, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    [change] = versions.chosen(["heap.LIMIT"], two)
    why = versions.Reason(("3.13",), ("heap.LIMIT",), (1,), "It was small. " * 9)
    change = dataclasses.replace(change, reasons=(why,))
    told = versions.plain([change]).partition("\n@@")[0].splitlines()[1:]
    assert len(told) > 3
    assert max(map(len, told)) <= 40
    assert all(line.startswith("  ") for line in told)


def test_colours_are_for_terminals(two):
    [change] = versions.chosen(["heap.LIMIT"], two)
    assert "\033" not in versions.plain([change])
    assert "\033[32m+LIMIT = 40\033[0m" in versions.plain([change], True)
