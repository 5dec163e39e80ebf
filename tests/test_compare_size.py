"""The line table counts what is there."""

import ast
import multiprocessing
import platform
from pathlib import Path

import pytest

from compare import __main__ as verbs
from compare import pairs, size

ORIGINALS = Path(multiprocessing.__file__).parent
OURS = pairs.ROOT / "minimp"


def recount(path):
    """Count the lines of a file in another way: from its text, line by line.

    No file here has a string as a statement that is not a docstring.
    """
    text = path.read_text("utf-8")
    skipped = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.update(range(node.lineno, node.end_lineno + 1))
    lines = text.split("\n")[:-1]
    code = [
        line
        for number, line in enumerate(lines, 1)
        if number not in skipped and line.strip() and not line.strip().startswith("#")
    ]
    return len(lines), len(code)


def test_figures_are_those_of_the_files():
    for row in size.table()[:-1]:
        assert row.minimp == recount(OURS / row.file)
        if row.cpython and row.file != "process.py":
            assert row.cpython == recount(ORIGINALS / row.file)


def test_original_in_several_files():
    files = "process popen_fork popen_spawn_posix popen_forkserver spawn".split()
    texts = [(ORIGINALS / f"{name}.py").read_text("utf-8") for name in files]
    counts = [size.count(text) for text in texts]
    row = next(row for row in size.table() if row.file == "process.py")
    assert row.cpython == tuple(map(sum, zip(*counts, strict=True)))
    note = size.markdown().splitlines()[-1]
    assert [name for name in files if f"{name}.py" in note] == files


def test_files_are_those_of_the_package_in_order():
    entrances = {"__init__", "_borrowed"}
    there = {path.name for path in OURS.glob("*.py") if path.stem not in entrances}
    files = [row.file for row in size.table()[:-1]]
    assert set(files) == there
    core = "process heap semlock synchronize sharedctypes".split()
    core += "connection queues pool managers context".split()
    assert files == [f"{name}.py" for name in core]


def test_sums_leave_out_what_has_no_original():
    *rows, total = size.table()
    both = [row for row in rows if row.file != "semlock.py"]
    assert [row.file for row in rows if row.cpython is None] == ["semlock.py"]
    for side in ("cpython", "minimp"):
        for what in ("lines", "code"):
            figures = [getattr(getattr(row, side), what) for row in both]
            assert getattr(getattr(total, side), what) == sum(figures)
    assert total.ratio == total.minimp.code / total.cpython.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, 0)),
        ("x = 1\n", (1, 1)),
        ("# only this\n\n\n", (3, 0)),
        ('"""A\n\nmodule."""\n\nx = 1  # why\n', (5, 1)),
        ('x = """a\n# no comment\n"""\n', (3, 3)),
        ('def f(): "doc"\n', (1, 1)),
        ("x = [\n    # why\n    1,\n\n]\n", (5, 3)),
        ('class C:\n    """Doc."""\n    "not a docstring"\n', (3, 2)),
    ],
)
def test_code_lines(text, expected):
    assert size.count(text) == expected


def test_verb_prints_the_table(capsys):
    assert verbs.main(["size"]) == 0
    out = capsys.readouterr().out
    assert f"CPython {platform.python_version()}" in out
    assert "semaphore.c" in out
    printed = [line.split() for line in out.splitlines()]
    for row in size.table():
        if row.cpython:
            cells = [row.file, *map(str, row.cpython + row.minimp)]
            assert [*cells, f"{row.ratio:.0%}"] in printed


def test_markdown_has_the_same_figures(capsys):
    assert verbs.main(["size", "--markdown"]) == 0
    out = capsys.readouterr().out
    assert out == size.markdown() + "\n"
    rows = [line for line in out.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    assert f"CPython {platform.python_version()}, lines" in table[0]
    assert {len(line) for line in table} == {6}
    for cells, row in zip(table[2:], size.table(), strict=True):
        assert cells[0] == row.file
        assert cells[3:5] == [str(row.minimp.lines), str(row.minimp.code)]
        if row.cpython:
            assert cells[1:3] == [str(row.cpython.lines), str(row.cpython.code)]
