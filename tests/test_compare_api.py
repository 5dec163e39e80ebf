"""What both packages offer is compared, and what is not the same has its reason."""

import collections
import multiprocessing.managers
import pathlib
import re
import sys

import pytest

import minimp.managers
from compare import __main__ as verbs
from compare import api, interpreters, inventory, tags

PYTHONS = [sys.executable, *interpreters.others()]


def function(*parameters, **more):
    """Return the entry of a function; each parameter is a text such as "lock=True"."""
    listed = [[text.partition("=")[0], "ANY", text] for text in parameters]
    entry = {"kind": "function", "signature": f"({', '.join(parameters)})"}
    return entry | {"parameters": listed} | more


def note(text, symbol=""):
    return "m", tags.Note(text, symbol, pathlib.Path("m.py"), 1)


def compared(cpython, minimp, *notes, since=()):
    """Return {name: (status, reason)} for two inventories."""
    found = api.rows(cpython, minimp, notes, dict(since))
    return {row.name: (row.status, row.reason) for row in found}


# ---- the two packages ---------------------------------------------------------


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_not_the_same_has_a_reason(python):
    unexplained = [row for row in api.table(python) if row.unexplained]
    assert not unexplained


@pytest.mark.parametrize("python", PYTHONS)
def test_cpython_is_that_of_the_interpreter(python):
    version, _ = api.asked("multiprocessing", python)
    has_digest = int(version.split(".")[1]) >= 12
    found = {row.name: row.status for row in api.table(python)}
    status = found["connection.deliver_challenge(digest_name)"]
    assert status == (api.SAME if has_digest else api.ONLY)


def test_what_everyone_uses_is_there():
    found = {row.name: row.status for row in api.table()}
    same = [
        "Pipe(duplex)",
        "Value(lock)",
        "sharedctypes.Array(size_or_initializer)",
        "sharedctypes.SynchronizedBase.get_lock",
        "sharedctypes.SynchronizedBase.acquire",
        "synchronize.SemLock.acquire(timeout)",
        "synchronize.Condition.wait_for(predicate)",
        "heap.Heap.malloc(size)",
        "connection.Connection.recv_bytes(maxlength)",
        "connection.Listener.last_accepted",
        "managers.RemoteError",
        "managers.Server.create(typeid)",
        "managers.Server.id_to_obj",
        "managers.BaseManager._create(typeid)",
        "managers.BaseManager.shutdown",
        "managers.BaseProxy._callmethod(args)",
        "managers.ListProxy.__iadd__",
        "managers.SyncManager.list",
    ]
    assert {name: found.get(name) for name in same} == dict.fromkeys(same, api.SAME)


def test_names_are_those_that_are_there():
    version, names = api.asked("multiprocessing")
    assert version == ".".join(map(str, sys.version_info[:3]))
    for module in (multiprocessing.managers, minimp.managers):
        _, names = api.asked(module.__name__.partition(".")[0])
        listed = {name.split(".")[1] for name in names if name.startswith("managers.")}
        defined = {
            name
            for name, value in vars(module).items()
            if name[0] != "_" and getattr(value, "__module__", "") == module.__name__
        }
        assert defined <= listed
        assert {"threading", "Finalize", "util", "connection"}.isdisjoint(listed)
    for package in (multiprocessing, minimp):
        _, names = api.asked(package.__name__)
        assert [name for name in names if "." not in name] == package.__all__


def test_every_row_is_of_one_module():
    totals = api.counts(api.table())
    sums = sum((totals[module] for module in api.MODULES), collections.Counter())
    assert sums == totals["together"]
    assert all(totals[module][api.SAME] for module in api.MODULES)


# ---- what an inventory lists --------------------------------------------------


class Base:
    def method(self, a, _b=1):
        self.stored = self.__mangled = a


class Own(Base):
    limit = 3
    _private = 4

    @classmethod
    def make(cls, *args):
        self = cls()
        self.made = args

    @property
    def view(self):
        return self.limit


def members(cls, listed=()):
    return dict(inventory._members(cls, listed, None))


def test_members_of_a_class():
    found = members(Own)
    assert list(found) == ["method", "stored", "limit", "make", "view"]
    assert found["method"]["parameters"] == [["a", "POSITIONAL_OR_KEYWORD", "a"]]
    assert found["make"]["signature"] == "(*args)"
    assert found["limit"] == {"kind": "attribute", "value": "3", "own": True}
    assert found["view"]["kind"] == "attribute"


def test_inherited_members_are_not_own():
    found = members(Own, [Base, Own])
    own = [name for name, entry in found.items() if entry["own"]]
    assert own == ["limit", "make", "view"]


def test_private_names_count_where_people_override_them():
    class BaseProxy(Own):
        pass

    assert "_private" not in members(Own)
    assert "_private" in members(BaseProxy)


def test_methods_that_an_object_gets_when_it_is_made():
    class Made:
        def __init__(self):
            self.get = {}.get

    found = dict(inventory._members(Made, [], Made()))
    assert found["get"]["signature"] == "(key, default=None, /)"


def test_exceptions_tell_their_bases():
    class Gone(ConnectionError, EOFError):
        pass

    entry = inventory._entry(Gone)
    assert entry["kind"] == "exception"
    assert entry["bases"][:2] == ["ConnectionError", "OSError"]


# ---- what is same and what differs --------------------------------------------


def test_statuses():
    cpython = {
        "m.same": function("a", "b=1"),
        "m.gone": function(),
        "m.default": function("a=1"),
        "m.value": {"kind": "attribute", "value": "1"},
        "m.kind": function("a"),
    }
    minimp = {
        "m.same": function("a", "b=1"),
        "m.default": function("a=2", "more"),
        "m.value": {"kind": "attribute", "value": "2"},
        "m.kind": {**function("a"), "kind": "class", "bases": []},
        "m.new": function(),
    }
    assert compared(cpython, minimp) == {
        "m.same": (api.SAME, ""),
        "m.same(a)": (api.SAME, ""),
        "m.same(b)": (api.SAME, ""),
        "m.gone": (api.LEFT_OUT, ""),
        "m.default": (api.SAME, ""),
        "m.default(a)": (api.DIFFERS, ""),
        "m.default(more)": (api.ONLY, ""),
        "m.value": (api.DIFFERS, ""),
        "m.kind": (api.DIFFERS, ""),
        "m.kind(a)": (api.SAME, ""),
        "m.new": (api.ONLY, ""),
    }


def test_exceptions_differ_by_their_bases():
    one = {"kind": "exception", "bases": ["ValueError"]}
    other = {"kind": "exception", "bases": ["Exception"]}
    assert compared({"m.E": one}, {"m.E": one})["m.E"][0] == api.SAME
    assert compared({"m.E": one}, {"m.E": other})["m.E"][0] == api.DIFFERS


def test_members_of_a_missing_class_have_no_rows():
    cls = {"kind": "class", "bases": []}
    cpython = {"m.C": cls, "m.C.f": function(), "m.D": cls, "m.D.f": function()}
    assert list(compared(cpython, {"m.D": cls})) == ["m.C", "m.D", "m.D.f"]


def test_what_both_inherit_has_no_row():
    inherited, own = function(own=False), function(own=True)
    cls = {"kind": "class", "bases": []}
    both = {"m.C": cls, "m.C.f": inherited}
    assert list(compared(both, both)) == ["m.C"]
    assert list(compared(both, {"m.C": cls, "m.C.f": own})) == ["m.C", "m.C.f"]


def test_special_methods_may_call_their_parameters_anything():
    cpython, minimp = {"m.C.__exit__": function("a")}, {"m.C.__exit__": function("b")}
    cls = {"m.C": {"kind": "class", "bases": []}}
    found = compared(cls | cpython, cls | minimp)
    assert list(found) == ["m.C", "m.C.__exit__"]
    assert found["m.C.__exit__"] == (api.SAME, "")


def test_what_cpython_got_later_says_so():
    found = compared({}, {"m.f": function()}, since={"m.f": "3.14"})
    assert found == {"m.f": (api.ONLY, "CPython has it since 3.14.")}


# ---- where a reason is found --------------------------------------------------


@pytest.mark.parametrize(
    ("text", "symbol", "counts"),
    [
        ("ctx -- why", "", True),  # at the top of the file
        ("a, ctx and b -- why", "", True),
        ("C.f(ctx) -- why", "", True),
        ("`f(ctx)` -- why", "", True),
        ("it differs in ctx (test_it)", "C.f", True),  # in the function
        ("ctx -- why", "C", True),  # in the class
        ("ctx -- why", "B", True),  # in a base of it
        ("ctx -- why", "B.f", True),
        ("ctx -- why", "D", False),  # somewhere else
        ("ctx -- why", "C.g", False),
        ("D.f(ctx) -- why", "", False),  # about something else
        ("g(ctx) -- why", "", False),
        ("ctx2, my_ctx -- why", "", False),  # other names
        ("more -- there is no ctx", "", False),  # only among the reasons
    ],
)
def test_reason_stands_around_a_name_and_names_it(text, symbol, counts):
    cls = {"kind": "class", "bases": ["B"]}
    cpython = {"m.C": cls, "m.C.f": function("ctx")}
    found = compared(cpython, {"m.C": cls, "m.C.f": function()}, note(text, symbol))
    assert found["m.C.f(ctx)"] == (api.LEFT_OUT, text if counts else "")


def test_reason_of_another_module_is_none():
    found = compared({"other.f": function()}, {}, note("f -- why"))
    assert found == {"other.f": (api.LEFT_OUT, "")}


def test_reasons_come_from_the_tags():
    rows = {row.name: row for row in api.table()}
    assert "start method" in rows["sharedctypes.Value(ctx)"].reason
    assert rows["connection.families"].reason.endswith("(test_ipv6_address).")
    assert rows["managers.SetProxy"].reason in ("", "CPython has it since 3.14.")


# ---- the verb -----------------------------------------------------------------


def test_verb_prints_the_counts(capsys):
    assert verbs.main(["api"]) == 0
    out = capsys.readouterr().out
    printed = [line.split() for line in out.splitlines()]
    for module, totals in api.counts(api.table()).items():
        assert [module, *(str(totals[status]) for status in api.STATUSES)] in printed
    assert "  left out: Value(ctx), Array(ctx)," in out
    assert "  same: " not in out
    assert out.endswith("0 without a reason.\n")


def test_verb_shows_all_of_a_module(capsys):
    assert verbs.main(["api", "heap"]) == 0
    out = capsys.readouterr().out
    assert "  same: " in out and "Heap.malloc(size)" in out
    assert "Value(ctx)" not in out


def test_verb_fails_without_a_reason(capsys, monkeypatch):
    monkeypatch.setattr(api, "_told", lambda: ((), {}))
    assert verbs.main(["api", "synchronize"]) == 1
    assert api.NO_REASON in capsys.readouterr().out


def test_verb_knows_its_modules(capsys):
    assert verbs.main(["api", "nowhere"]) == 2
    assert "no module 'nowhere': package, process, heap," in capsys.readouterr().err


@pytest.mark.parametrize("python", PYTHONS[1:])
def test_verb_asks_another_interpreter(capsys, python):
    assert verbs.main(["api", "heap", "--python", python]) == 0
    version = api.asked("multiprocessing", python)[0]
    assert not version.startswith("{}.{}.".format(*sys.version_info))
    assert capsys.readouterr().out.startswith(f"CPython {version} and minimp")


def test_markdown_has_every_name(capsys):
    assert verbs.main(["api", "--markdown", "sharedctypes"]) == 0
    out = capsys.readouterr().out
    assert out == api.markdown(["sharedctypes"]) + "\n"
    printed = set(re.findall(r"[\w.]+", out))
    for row in api.table():
        if row.module == "sharedctypes":
            assert set(re.findall(r"[\w.]+", row.short)) <= printed


def test_summary_adds_up():
    lines = [re.findall(r"\d+", line) for line in api.summary().splitlines()[2:]]
    *modules, together = [list(map(int, line)) for line in lines]
    assert [sum(column) for column in zip(*modules, strict=True)] == together
