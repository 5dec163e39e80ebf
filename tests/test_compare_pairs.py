"""Names are found in both trees, and a hash says when CPython's side has moved."""

import ast
import contextlib
import importlib
import json
import os
import platform
import re
import subprocess
import sys
import textwrap
import threading
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

from compare import __main__ as verbs
from compare import interpreters, pairs, source

TOLD = ("heap", "synchronize", "sharedctypes", "connection", "managers")
# A pair is for every Python; the oldest has no such names.
SINCE_312 = """
    _CHALLENGE _WELCOME _FAILURE _ALLOWED_DIGESTS _MD5ONLY_MESSAGE_LENGTH
    _MD5_DIGEST_LEN _get_digest_name_and_payload _create_response _verify_challenge
    DictProxy.__class_getitem__ ListProxy.__class_getitem__
""".split()
PAIRS = pairs.load()
MODULES = list(dict.fromkeys(name.partition(".")[0] for name in PAIRS))


def resolve(dotted):
    """Return the live object of a dotted name: what `find` must not need."""
    module, name = re.fullmatch(r"(\w+\.\w+)\.(.+)", dotted).groups()
    found = importlib.import_module(module)
    for part in name.split("."):
        found = vars(found)[part]
    return found


def code_of(thing):
    """Return the code object behind a function, or None."""
    if isinstance(thing, property):
        thing = thing.fget
    thing = getattr(thing, "__func__", thing)
    return thing.__code__ if isinstance(thing, types.FunctionType) else None


def sides_of(module):
    """Yield the Symbols of both sides of each pair of a module."""
    for name, pair in PAIRS.items():
        if name.startswith(f"{module}."):
            yield from pair.sides()


@pytest.mark.parametrize("module", MODULES)
def test_pairs_are_found_in_both_trees(module):
    for symbol in sides_of(module):
        source = symbol.path.read_text("utf-8").split("\n")
        block = "\n".join(source[symbol.first - 1 : symbol.last])
        assert symbol.text == textwrap.dedent(block), symbol.dotted
        assert symbol.lines == tuple(symbol.text.split("\n"))
        last = symbol.dotted.rpartition(".")[2]
        assert last in symbol.text, symbol.dotted
        assert re.fullmatch("[0-9a-f]{12}", symbol.hash)


@pytest.mark.parametrize("module", MODULES)
def test_lines_are_those_of_the_running_code(module):
    for symbol in sides_of(module):
        code = code_of(resolve(symbol.dotted))
        if code and re.match("def|@", symbol.text):
            assert symbol.first == code.co_firstlineno, symbol.dotted
            last = max(line for *_, line in code.co_lines() if line)
            assert symbol.last >= last, symbol.dotted


def test_each_pair_is_of_a_module():
    assert sum(len(list(sides_of(module))) for module in MODULES) == 2 * len(PAIRS)


def test_class_of_another_platform_is_passed_over():
    arena = resolve("multiprocessing.heap.Arena")
    symbol = pairs.find("multiprocessing.heap.Arena")
    line = vars(arena)["__init__"].__code__.co_firstlineno
    assert symbol.first < line <= symbol.last


def test_accelerated_class_is_the_one_in_python():
    symbol = pairs.find("minimp.semlock.SemLock")
    assert symbol.lines[0].startswith("class SemLock")


def test_definition_comes_before_an_assignment(tmp_path, monkeypatch):
    (tmp_path / "sample.py").write_text(
        "try:\n    from c import f\nexcept ImportError:\n    f = g = None\n"
        "def f(): pass\ndef f(x): pass\nf = 1\nwith a:\n    h: int = 2\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert pairs.find("sample.f").lines == ("def f(): pass",)
    assert pairs.find("sample.g").lines == ("f = g = None",)
    assert pairs.find("sample.h").lines == ("h: int = 2",)
    assert pairs.symbols("sample") == ["sample.g", "sample.f", "sample.h"]


def test_edited_file_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "edited.py"
    monkeypatch.syspath_prepend(tmp_path)
    for time, text in enumerate(["x = 1", "x = 2"]):
        path.write_text(text)
        os.utime(path, (time, time))
        assert pairs.find("edited.x").text == text


def test_property_has_its_setter():
    text = pairs.find("multiprocessing.synchronize.Barrier._state").text
    assert text.startswith("@property\ndef _state(self)")
    assert "@_state.setter" in text


def test_assignments_are_symbols():
    table = pairs.find("multiprocessing.sharedctypes.typecode_to_type")
    assert table.first < table.last
    pair = [
        pairs.find(f"multiprocessing.synchronize.{name}")
        for name in ("RECURSIVE_MUTEX", "SEMAPHORE")
    ]
    assert pair[0].lines == pair[1].lines


@pytest.mark.parametrize("module", TOLD)
def test_every_shared_name_is_a_pair(module):
    cpython = set(pairs.symbols(f"multiprocessing.{module}"))
    known = {pair.left for pair in PAIRS.values()}
    for ours in pairs.symbols(f"minimp.{module}"):
        theirs = ours.replace("minimp", "multiprocessing", 1)
        name = ours.removeprefix(f"minimp.{module}.")
        if theirs in cpython and name not in ["__all__", *SINCE_312]:
            assert theirs in known


@pytest.mark.parametrize(
    ("dotted", "near"),
    [
        ("multiprocessing.heap.Heap.maloc", "multiprocessing.heap.Heap.malloc"),
        ("minimp.sharedctypes.syncronized", "minimp.sharedctypes.synchronized"),
        ("nowhere.at_all", "no module is called 'nowhere'"),
    ],
)
def test_unknown_symbol_is_named_with_near_misses(dotted, near):
    with pytest.raises(LookupError) as caught:
        pairs.find(dotted)
    assert repr(dotted) in str(caught.value)
    assert near in str(caught.value)


# --- the hash ----------------------------------------------------------------

SAMPLE = '''
@decorated
class C(Base, metaclass=M):
    """A docstring."""

    a: int = 1

    def f(self, x, /, y=None, *args, z, **kwds):  # a comment
        """Another."""
        return f"{x!r:>{y.width}} and {z}" f"{self}", {**kwds, "k": (yield)}, b"\\0"

    async def g(self):
        async with a as b, c:
            return [x async for x in y if not x] + [1.5, 2j, ..., "\\u2ffc"]
        match x:
            case {"a": [1, *rest], **other} | C(d=None):
                raise E from None
'''


def hash_of(text):
    return pairs.hash_of(ast.parse(text))


def test_hash_is_the_same_in_every_version():
    assert hash_of(SAMPLE) == "50391f24a298"


def test_hash_ignores_docstrings_comments_and_layout():
    bare = ast.parse(SAMPLE)
    for node in ast.walk(bare):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                del node.body[0]
    assert hash_of(ast.unparse(bare)) == hash_of(SAMPLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y=None", "y=0"),
        ("{x!r:", "{x!s:"),
        ("*args, z", "*args, zz"),
        ("return f", "yield f"),
        ("@decorated", "@decorated()"),
        (" and ", " or "),
        ("2j", "2"),
        ("**kwds,", "None: kwds,"),
        ("not x", "x"),
        ("    a: int = 1", "    'a'; a: int = 1"),
    ],
)
def test_hash_notices_a_change(old, new):
    assert old in SAMPLE
    assert hash_of(SAMPLE.replace(old, new)) != hash_of(SAMPLE)


HASHES_OF_PACKAGE = """
import ast, hashlib, json, multiprocessing, pathlib
from compare import pairs
found = {}
for path in sorted(pathlib.Path(multiprocessing.__file__).parent.rglob("*.py")):
    data = path.read_bytes()
    nodes = [n for n in ast.walk(ast.parse(data)) if hasattr(n, "body")]
    same = hashlib.sha256(data).hexdigest()
    found[path.stem] = same, [pairs.hash_of(n) for n in nodes]
print(json.dumps(found))
"""


def hashes_of_package(python):
    done = subprocess.run(
        [python, "-c", HASHES_OF_PACKAGE],
        cwd=pairs.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_equal_text_has_equal_hashes_in_other_versions():
    pythons = interpreters.others()
    if not pythons:
        pytest.skip("no other Python version at hand")
    ours = hashes_of_package(sys.executable)
    for python in pythons:
        theirs = hashes_of_package(python)
        equal = [name for name in ours if ours[name][0] == theirs.get(name, [""])[0]]
        assert {"heap", "sharedctypes", "reduction"} <= set(equal)
        for name in equal:
            assert ours[name] == theirs[name], (python, name)


# --- pairs.toml --------------------------------------------------------------


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "pairs.toml"
    path.write_bytes(pairs.PAIRS.read_bytes())
    return path


def recorded():
    return {
        seen
        for pair in PAIRS.values()
        for group in pair.hashes.values()
        for seen in group
    }


def test_nothing_has_moved():
    version = platform.python_version()
    if version not in recorded():
        pytest.skip(f"CPython {version} is not recorded: python -m compare --record")
    assert pairs.moved(PAIRS) == []


def test_every_pair_is_recorded_for_the_same_versions():
    for pair in PAIRS.values():
        seen = [version for group in pair.hashes.values() for version in group]
        assert sorted(seen) == sorted(recorded()), pair.name


def test_file_is_as_the_verb_writes_it(toml):
    pairs.record(toml)
    once = toml.read_text("utf-8")
    pairs.record(toml)
    assert toml.read_text("utf-8") == once
    if platform.python_version() in recorded():
        assert once == pairs.PAIRS.read_text("utf-8")


def test_record_adds_a_version_to_its_hash(toml, monkeypatch):
    about = interpreters.about(sys.executable)._replace(name="3.9.1")
    monkeypatch.setattr(interpreters, "about", lambda python: about)
    pairs.record(toml)
    for name, pair in pairs.load(toml).items():
        current = pairs.find(pair.left).hash
        assert pair.hashes[current][0] == "3.9.1"
        assert len(pair.hashes) <= len(PAIRS[name].hashes) + 1


def test_nothing_is_recorded_when_a_side_is_gone(toml):
    toml.write_text(toml.read_text("utf-8") + '"nothing" = {}\n', "utf-8")
    before = toml.read_text("utf-8")
    with pytest.raises(LookupError, match="multiprocessing.context.nothing"):
        pairs.record(toml)
    assert toml.read_text("utf-8") == before


def test_moved_pairs_are_listed(monkeypatch, capsys):
    good = PAIRS["heap.Heap.malloc"]
    table = {
        "a.changed": pairs.Pair(
            "a.changed", good.left, good.right, {"0" * 12: ("3.1",)}
        ),
        "a.gone": pairs.Pair("a.gone", good.left + "x", good.right, good.hashes),
        "a.new": pairs.Pair("a.new", good.left, good.right, {}),
        "a.good": pairs.Pair(
            "a.good", good.left, good.right, {pairs.find(good.left).hash: ("3.1",)}
        ),
    }
    monkeypatch.setattr(pairs, "load", lambda: table)
    assert verbs.main(["--moved"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "a.changed: changed (recorded: 3.1)"
    assert out[1].startswith("a.gone: gone (recorded: ")
    assert out[2] == "a.new: not recorded (recorded: nothing)"
    version = platform.python_version()
    assert out[3] == f"3 of 4 pairs have moved in CPython {version}."
    del table["a.changed"], table["a.gone"], table["a.new"]
    assert verbs.main(["--moved"]) == 0
    assert "0 of 1 pairs have moved" in capsys.readouterr().out


def test_wrong_key_is_named(tmp_path):
    path = tmp_path / "pairs.toml"
    path.write_text('[heap]\n"Heap" = { lefft = "multiprocessing.heap.Heap" }\n')
    with pytest.raises(
        ValueError, match=r"pairs.toml: heap.Heap: 'lefft' is not a hash"
    ):
        pairs.load(path)


def test_pairs_on_the_site_have_their_anchors():
    anchors = pairs.on_the_site()
    assert anchors["multiprocessing.heap.Heap.free"] == "heap.Heap.free"
    assert anchors["multiprocessing.connection.Listener.accept"] == (
        "connection.Listener._accept"
    )
    assert "multiprocessing.heap.Heap._roundup" not in anchors


def test_texts_are_parsed_by_one_thread_at_a_time(monkeypatch):
    both, met = threading.Barrier(2), []

    def parse(text, name):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.1)
            met.append(text)

    monkeypatch.setattr(source, "ast", types.SimpleNamespace(parse=parse))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(source.parse, ["a", "b"]))
    assert met == []
