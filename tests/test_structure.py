"""The rules that keep minimp readable, held by reading its source."""

import ast
import itertools
import re
import sys
from pathlib import Path

import pytest

from compare import pairs, size

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "minimp").glob("*.py"))
# Each module may import those that stand before it, and none after it.
LAYERS = "_borrowed process heap semlock synchronize sharedctypes".split()
LAYERS += "connection queues pool managers context __init__".split()
LINES_OF_CODE = {  # at most; no blank lines, comments or docstrings
    "process": 540,
    "heap": 195,
    "semlock": 145,
    "synchronize": 215,
    "sharedctypes": 170,
    "connection": 540,
    "queues": 226,
    "pool": 660,
    "managers": 1040,
    "context": 110,
}
TAG = re.compile(r"# (CPython|Left out|Differs): \S")
TEST = re.compile(r"\((test_\w+)\)\.?$")


def ids(path):
    return path.stem


def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


def imports_of(tree):
    """Yield (level, module, names) for each import of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", [a.name for a in node.names]


def test_every_module_has_its_layer():
    assert [path.stem for path in MODULES] == sorted(LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_point_downwards(path):
    below = LAYERS[: LAYERS.index(path.stem)]
    for level, module, names in imports_of(tree_of(path)):
        if level:
            assert level == 1
            assert set([module] if module else names) <= set(below)
        elif path.stem == "_borrowed":
            assert module.split(".")[0] in ("multiprocessing", "_multiprocessing")
        else:
            assert module.split(".")[0] in sys.stdlib_module_names
            assert "multiprocessing" not in module


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_stand_at_the_top(path):
    tree = tree_of(path)
    at_the_top = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    anywhere = [
        n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))
    ]
    assert anywhere == at_the_top


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_code_is_never_made_from_text(path):
    names = {n.id for n in ast.walk(tree_of(path)) if isinstance(n, ast.Name)}
    assert not names & {"exec", "eval", "compile", "__import__"}


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_functions_fit_on_a_screen(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 30, f"{path.name}: {node.name} has {lines} lines"


def public_definitions(body):
    """Yield the functions and classes of a module, and their methods."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if not node.name.startswith("_") and not node.decorator_list:
                yield node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node.body)


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_public_names_have_a_docstring(path):
    for node in public_definitions(tree_of(path).body):
        assert ast.get_docstring(node), f"{path.name}: {node.name}"


@pytest.mark.parametrize("name", LINES_OF_CODE)
def test_line_budget(name):
    path = ROOT / "minimp" / f"{name}.py"
    assert size.count(path.read_text("utf-8")).code <= LINES_OF_CODE[name]


def test_lines_fit_beside_their_twins():
    """Dedented as on a page, a function has no line over 72 columns."""
    for pair in pairs.load().values():
        lines = pairs.find(pair.right).lines
        if not lines[0].startswith("class "):
            assert max(map(len, lines)) <= 72, pair.name


def parents(pair):
    """Return what holds each side: a module or a class."""
    return pair.left.rpartition(".")[0], pair.right.rpartition(".")[0]


def test_names_stand_in_the_order_of_cpython():
    everything = sorted(pairs.load().values(), key=parents)
    for holders, group in itertools.groupby(everything, key=parents):
        ours = sorted(group, key=lambda pair: pairs.find(pair.right).first)
        theirs = sorted(ours, key=lambda pair: pairs.find(pair.left).first)
        assert [p.name for p in ours] == [p.name for p in theirs], holders


def comments(path):
    """Yield the blocks of comment lines that stand alone, as one text each."""
    block = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        if line.strip().startswith("#"):
            block.append(line.strip())
        elif block:
            yield block
            block = []


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_comments_use_no_other_tag(path):
    for line in itertools.chain.from_iterable(comments(path)):
        assert not re.match(r"# (TODO|XXX|FIXME|HACK|NOTE)\b", line), line
        if re.match(r"# (cpython|left out|differs)\s*:", line, re.IGNORECASE):
            assert TAG.match(line), line


def tagged(kind):
    """Return [(path, text)] of the comments with the tag *kind*, joined."""
    found = []
    for path in MODULES:
        for block in comments(path):
            texts = re.split(r"# (?=(?:CPython|Left out|Differs): )", "\n".join(block))
            for text in texts:
                if text.startswith(f"{kind}: "):
                    paragraph = text.split("\n#\n")[0]
                    flat = re.sub(r"\s*\n# ?", " ", paragraph).strip()
                    found.append((path, flat.removeprefix(f"{kind}: ")))
    return found


def test_what_is_left_out_says_why():
    assert tagged("Left out")
    for path, text in tagged("Left out"):
        assert re.search(r"\S -- \S", text), f"{path.name}: {text}"


def test_differences_name_a_test_that_exists():
    defined = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        defined |= {
            node.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef)
        }
    assert tagged("Differs")
    for path, text in tagged("Differs"):
        name = TEST.search(text)
        assert name, f"{path.name}: {text}"
        assert name[1] in defined, f"{path.name}: no {name[1]}"


def test_symbols_that_are_told_again_exist():
    told = re.compile(r"CPython: ((?:\w+\.)+\w+)(, since 3\.\d+)?")
    for path in MODULES:
        for name, newer in told.findall(path.read_text("utf-8")):
            if not newer and not name.startswith("_multiprocessing"):
                pairs.find(f"multiprocessing.{name}")
