"""Two texts stand side by side, lined up, in any terminal."""

import os
import pty
import re
import select
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare import __main__ as verbs
from compare import pairs, show

WIDTHS = (40, 72, 99, 100, 131, 200)
PAIRS = pairs.load()
NAME = "sharedctypes.synchronized"

line = st.text("ab =.", max_size=12)
text = st.lists(line, max_size=8)


def bare(printed):
    """Return a printed text without its colours."""
    return re.sub(r"\033\[\d+m", "", printed)


# --- lining up ---------------------------------------------------------------


@given(text, text)
def test_each_line_is_in_one_row_and_in_order(left, right):
    rows = show.align(left, right)
    assert [a for a, _, _ in rows if a is not None] == list(range(len(left)))
    assert [b for _, _, b in rows if b is not None] == list(range(len(right)))


@given(text, text)
def test_mark_says_how_the_sides_differ(left, right):
    for a, mark, b in show.align(left, right):
        if a is None or b is None:
            assert mark == (">" if a is None else "<")
        else:
            assert mark == (" " if left[a] == right[b] else "|")


@given(text)
def test_equal_texts_line_up_line_by_line(lines):
    assert show.align(lines, lines) == [(i, " ", i) for i in range(len(lines))]


def test_line_in_another_block_meets_itself():
    left, right = ["lock()", "x = 1"], ["with lock:", "    x = 1"]
    assert show.align(left, right)[-1] == (1, "|", 1)


def test_equal_and_similar_lines_meet():
    left = ["def f(self, size):", "    check(size)", "    lock()", "    return None"]
    right = ["def f(self, size):", "    lock()", "    more()", "    return 0"]
    assert show.align(left, right) == [
        (0, " ", 0),
        (1, "<", None),
        (2, " ", 1),
        (None, ">", 2),
        (3, "|", 3),
    ]


# --- wrapping ----------------------------------------------------------------


@given(st.text("ab /", max_size=60), st.integers(4, 30))
def test_pieces_fit_and_lose_nothing(line, width):
    pieces = show.wrap(show.plain([line])[0], width)
    texts = ["".join(char for char, _ in piece) for piece in pieces]
    assert all(len(piece) <= width for piece in texts)
    assert "".join(texts).replace(" ", "") == line.replace(" ", "")


def test_pieces_hang_below_their_line():
    [painted] = show.plain(["    return first, second and third"])
    texts = ["".join(c for c, _ in piece) for piece in show.wrap(painted, 20)]
    assert texts == ["    return first,", "      second and", "      third"]


# --- a pair ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "width"),
    [*((NAME, width) for width in WIDTHS), ("heap.Heap", 120), ("heap.Arena", 60)],
)
def test_pair_fits_the_terminal(name, width):
    printed = show.show_pair(PAIRS[name], width, colour=False)
    assert "\033" not in printed
    assert max(map(len, printed.split("\n"))) <= width
    for symbol in PAIRS[name].sides():
        for line in symbol.lines:
            for word in line.split():
                assert word in printed or len(word) > width // 4


@pytest.mark.parametrize("width", WIDTHS)
def test_colours_change_no_character(width):
    coloured = show.show_pair(PAIRS[NAME], width, colour=True)
    assert "\033[" in coloured
    assert bare(coloured) == show.show_pair(PAIRS[NAME], width, colour=False)


def test_keywords_have_a_colour():
    pytest.importorskip("pygments")
    printed = show.show_pair(PAIRS[NAME], 200, colour=True)
    assert f"\033[{show.BLUE}mreturn\033[0m" in printed


def test_code_without_pygments_has_one_colour(monkeypatch):
    monkeypatch.setattr(show, "pygments", None)
    printed = show.show_pair(PAIRS[NAME], 200, colour=True)
    assert "mreturn" not in printed
    assert bare(printed) == show.show_pair(PAIRS[NAME], 200, colour=False)


def test_head_tells_where_both_sides_are():
    left, right = PAIRS[NAME].sides()
    printed = show.show_pair(PAIRS[NAME], 300, colour=False).split("\n")
    assert printed[0].split("   ")[0].rstrip() == f"CPython {sys.version.split()[0]}"
    assert printed[0].endswith("minimp")
    assert f"sharedctypes.py:{left.first}-{left.last} " in printed[2]
    assert printed[2].endswith(f"sharedctypes.py:{right.first}-{right.last}")


def test_head_has_one_number_for_one_line():
    pair = PAIRS["heap.Heap._alignment"]
    printed = show.show_pair(pair, 300, colour=False)
    assert f"heap.py:{pair.sides()[0].first} " in printed


def test_wide_has_rows_and_narrow_has_blocks():
    first = PAIRS[NAME].sides()[0].lines[0]
    wide = show.show_pair(PAIRS[NAME], 160, colour=False)
    narrow = show.show_pair(PAIRS[NAME], 99, colour=False)
    assert any(row.count("def synchronized(") == 2 for row in wide.split("\n"))
    assert first in narrow.split("\n")
    assert all(row.count("def synchronized(") < 2 for row in narrow.split("\n"))


# --- the verb ----------------------------------------------------------------


def compare(*args, **environ):
    """Run `python -m compare` with pipes; return what is done."""
    return subprocess.run(
        [sys.executable, "-m", "compare", *args],
        cwd=pairs.ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def compare_in_terminal(*args, **environ):
    """Run `python -m compare` in a terminal; return what it shows."""
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "compare", *args],
            cwd=pairs.ROOT,
            env=os.environ | {"TERM": "xterm", "NO_COLOR": "", **environ},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        with process:
            while select.select([screen], [], [], 60)[0]:
                try:
                    shown += screen.read(10_000)
                except OSError:  # how a terminal says that nobody writes any more
                    break
            else:
                process.kill()
    assert process.returncode == 0
    return shown.decode()


def test_pair_is_printed_in_the_width_of_the_terminal():
    done = compare(NAME, COLUMNS="150")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == show.show_pair(PAIRS[NAME], 150, colour=False) + "\n"


def test_colour_is_for_terminals_only():
    big = {"COLUMNS": "120", "LINES": "900", "PAGER": "cat"}
    assert "\033[" in compare_in_terminal(NAME, **big)
    assert "\033[" not in compare_in_terminal(NAME, **big, **{"NO_COLOR": "1"})
    assert "\033[" not in compare_in_terminal(NAME, **big, **{"TERM": "dumb"})


def test_long_pair_goes_through_the_pager():
    pager = {"PAGER": "sed s/^/paged:/", "COLUMNS": "120"}
    paged = compare_in_terminal(NAME, LINES="10", **pager)
    assert paged.count("paged:") > 20
    assert "paged:" not in compare_in_terminal(NAME, LINES="900", **pager)


def test_unknown_name_is_named_with_near_misses(capsys):
    assert verbs.main(["sharedctypes.syncronized"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "'sharedctypes.syncronized'" in err
    assert "near: sharedctypes.synchronized" in err


def test_last_part_of_a_name_finds_the_whole(capsys):
    assert verbs.main(["raw"]) == 2
    assert "near: sharedctypes.SynchronizedString.raw" in capsys.readouterr().err


def test_help_lists_verbs_and_pairs(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        verbs.main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    for verb in verbs.VERBS:
        assert re.search(rf"^  {verb} ", out, re.MULTILINE)
    words = out.split("pairs:")[1].split()
    owner, listed = None, []
    for word in words:
        if word.endswith(":"):
            owner = word[:-1]
        else:
            listed.append(f"{owner}.{word}")
    assert sorted(listed) == sorted(PAIRS)


@pytest.mark.parametrize("name", ["heap.Heap", "heap.Heap._alignment"])
def test_reader_may_stop_early(name):
    command = [sys.executable, "-m", "compare", name]
    with subprocess.Popen(
        command, cwd=pairs.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
