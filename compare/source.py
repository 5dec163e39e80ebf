"""Finds the source of a dotted name: its file, lines and hash.

Sources are parsed, never imported and inspected: what is shown is what the file
says, also where an accelerator written in C takes a class's place at run time.
"""

import ast
import difflib
import functools
import hashlib
import re
import sys
import textwrap
import threading
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

_parsing = threading.Lock()
ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Symbol:
    """The source of one function, class, method or assignment.

    `first` and `last` count lines from 1 (a decorator is part of its function);
    `lines` are dedented and have no newline; `hash` is 12 hexadecimal digits.
    """

    dotted: str
    path: Path
    first: int
    last: int
    lines: tuple[str, ...]
    hash: str

    @property
    def text(self):
        """The lines as one str, without a newline at the end."""
        return "\n".join(self.lines)


def find(dotted, library=None):
    """Return the Symbol that `dotted` names, such as "minimp.heap.Heap.malloc".

    CPython's are those in `library`, the folder of a standard library; this
    interpreter's if it is None. Raises LookupError with the names that come near.
    """
    path, name = _module_file(dotted, library)
    lines, nodes = _read(path, path.stat().st_mtime_ns)
    module = dotted.removesuffix(name)
    if name not in nodes:
        close = difflib.get_close_matches(name, nodes, n=3)
        raise LookupError(unknown("symbol", dotted, [module + n for n in close]))
    return _symbol(dotted, path, lines, nodes[name])


def within(path, module):
    """Return {name: Symbol} for what the file at `path` binds, in its order.

    A class comes before its members. `path` may be of another interpreter; `module`
    begins the dotted names.
    """
    lines, nodes = _read(path, path.stat().st_mtime_ns)
    return {
        name: _symbol(f"{module}.{name}", path, lines, bound)
        for name, bound in nodes.items()
    }


def symbols(module):
    """Return the dotted names that `module` ("minimp.heap") binds, in file order."""
    path, _ = _module_file(module + ".?")
    _, nodes = _read(path, path.stat().st_mtime_ns)
    return [f"{module}.{name}" for name in nodes]


def unknown(what, name, close):
    """Return the words for a `what` called `name` that is not there."""
    hint = f"; near: {', '.join(dict.fromkeys(close))}" if close else ""
    return f"no {what} {name!r}{hint}"


def near(name, known):
    """Return up to three of the known names that come near: parts of them first."""
    parts = [one for one in known if name.lower() in one.lower()]
    return (parts + difflib.get_close_matches(name, known, n=3, cutoff=0.5))[:3]


def hash_of(node):
    """Return the hash of a syntax tree, or a list of them, without its docstrings.

    Equal code has the same hash in every Python version, unlike with `ast.dump`,
    whose text changes when a version adds a field.
    """
    return hashlib.sha256(_canonical(node).encode()).hexdigest()[:12]


def _canonical(node):
    """Return a text of `node` that only depends on what the code says."""
    if isinstance(node, ast.Constant):
        return f"Constant({ascii(node.value)})"  # repr follows the Unicode version
    if isinstance(node, list):
        return "[" + ",".join(map(_canonical, node)) + "]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    fields = dict(ast.iter_fields(node))
    if docstring(node):
        fields["body"] = node.body[1:]
    if isinstance(node, ast.JoinedStr):  # some versions put empty constants into it
        fields["values"] = [v for v in node.values if getattr(v, "value", None) != ""]
    # Fields that are empty everywhere are left out: a newer Python has more of them.
    said = [f"{k}={_canonical(v)}" for k, v in fields.items() if v not in (None, [])]
    return f"{type(node).__name__}({','.join(said)})"


def docstring(node):
    """Return the statement that is the docstring of `node`, or None."""
    if not isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
        return None
    return node.body[0] if ast.get_docstring(node, clean=False) is not None else None


def _module_file(dotted, library=None):
    """Split "minimp.heap.Heap.malloc" into its file and "Heap.malloc"."""
    parts = dotted.split(".")
    where, spec = [str(ROOT), *([str(library)] if library else sys.path)], None
    for i in range(1, len(parts)):
        inner = PathFinder.find_spec(".".join(parts[:i]), where)
        if inner is None or not (inner.origin or "").endswith(".py"):
            break
        spec, rest = inner, parts[i:]
        where = inner.submodule_search_locations
        if where is None:
            break
    if spec is None:
        raise LookupError(f"no symbol {dotted!r}: no module is called {parts[0]!r}")
    return Path(spec.origin), ".".join(rest)


def _symbol(dotted, path, lines, bound):
    """Return the Symbol that the nodes `bound` define in a file of these lines."""
    first = min(n.lineno for n in [bound[0], *getattr(bound[0], "decorator_list", [])])
    last = bound[-1].end_lineno
    text = textwrap.dedent("\n".join(lines[first - 1 : last]))
    return Symbol(dotted, path, first, last, tuple(text.split("\n")), hash_of(bound))


@functools.lru_cache(maxsize=64)
def _read(path, mtime):
    """Parse a file; `mtime` makes the cache forget an edited one."""
    text = path.read_text("utf-8")
    return text.split("\n"), dict(_bindings(parse(text).body))


def parse(text, name="<unknown>"):
    """Return the ast.Module of a text, in any thread.

    Until Python 3.12, threads that parse at once can end in a SystemError: "AST
    constructor recursion depth mismatch".
    """
    with _parsing:
        return ast.parse(text, name)


def _bindings(body, prefix=""):
    """Yield (name, nodes) for what `body` and its classes bind, in file order.

    Of several bindings of a name the first counts, a definition before an
    assignment: so an accelerated class is the one in Python. A property is its
    getter and its setter, hence the list.
    """
    chosen = {}
    for node in _flat(body):
        for name in _names(node):
            if name in chosen and _is_setter(node, name):
                chosen[name].append(node)
            elif name not in chosen:
                chosen[name] = [node]
            elif _is_assignment(chosen[name][0]) and not _is_assignment(node):
                del chosen[name]  # to keep the order of the file
                chosen[name] = [node]
    for name, nodes in chosen.items():
        yield prefix + name, nodes
        if isinstance(nodes[0], ast.ClassDef):
            yield from _bindings(nodes[0].body, f"{prefix}{name}.")


def _flat(body):
    """Yield the statements of `body`, also those within if, try and with."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _flat(_taken(node))
        elif isinstance(node, ast.Try):
            yield from _flat(node.body)
            for handler in node.handlers:
                yield from _flat(handler.body)
            yield from _flat(node.orelse + node.finalbody)
        elif isinstance(node, ast.With):
            yield from _flat(node.body)
        else:
            yield node


def _taken(node):
    """Return the branch that this platform takes; both if that is not the question."""
    question = re.fullmatch(r"sys\.platform (==|!=) '(\w+)'", ast.unparse(node.test))
    if question is None:
        return node.body + node.orelse
    operator, name = question.groups()
    return node.body if (sys.platform == name) == (operator == "==") else node.orelse


def _names(node):
    """Return the names that one statement binds by definition or assignment."""
    if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
        return [node.name]
    if not _is_assignment(node):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    flat = [getattr(target, "elts", [target]) for target in targets]
    return [t.id for group in flat for t in group if isinstance(t, ast.Name)]


def _is_setter(node, name):
    decorators = map(ast.unparse, getattr(node, "decorator_list", []))
    return f"{name}.setter" in decorators


def _is_assignment(node):
    return isinstance(node, (ast.Assign, ast.AnnAssign))
