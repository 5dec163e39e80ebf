"""Any order of calls on a proxy does what it does on the object itself.

Each machine drives three in step: a plain object, and proxies of both
implementations for objects like it.  `--slow` runs more and longer orders.
"""

import array
import copy
import gc
import multiprocessing
import operator
import pickle
import queue
import re
import sys

import hypothesis.strategies as st
import manager_workers as workers
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

FORK = multiprocessing.get_context("fork")
UP_TO_3_13 = sys.version_info < (3, 14)

# --- what is known to differ ------------------------------------------------------

# What CPython's proxies expose since 3.14, and ours on every Python; and what
# takes its place for CPython's until then.
NEW_IN_3_14 = {
    "ListProxy": {
        "clear": lambda p: p.__delitem__(slice(None)),
        "copy": lambda p: p[:],
    },
    "DictProxy": {
        "__ior__": lambda p, other: p.update(other),
        "__or__": lambda p, other: p.copy() | other,
        "__ror__": lambda p, other: other | p.copy(),
        "__reversed__": lambda p: reversed(p.keys()),
        "fromkeys": lambda p, keys, value: dict.fromkeys(keys, value),
    },
}

# The type of an operand stands in the text of an error.
OPERANDS = re.compile(r"'(?:Base)?(List|Dict|Set)Proxy'")


def test_what_is_new_in_3_14():
    """The table above is all there is, and none of it is out of date."""
    ours, theirs = workers.load("minimp"), workers.load("cpython")
    for name, new in NEW_IN_3_14.items():
        exposed = set(getattr(ours, name)._exposed_)
        missing = exposed - set(getattr(theirs, name)._exposed_)
        assert missing == (set(new) if UP_TO_3_13 else set())
    assert hasattr(theirs, "SetProxy") is not UP_TO_3_13
    for name in ("NamespaceProxy", "ValueProxy", "ArrayProxy", "EventProxy"):
        assert getattr(ours, name)._exposed_ == getattr(theirs, name)._exposed_


# --- driving three in step ----------------------------------------------------------


def settled(value):
    """Return `value` so that two which are equal look the same.

    1, 1.0 and True are told apart; the order of a set is not.
    """
    if isinstance(value, (set, frozenset)):
        return type(value), frozenset(map(settled, value))
    if isinstance(value, (list, tuple)):
        return type(value), tuple(map(settled, value))
    if isinstance(value, array.array):
        return type(value), value.typecode, tuple(value)
    if isinstance(value, dict):
        return dict, settled(list(value.items()))
    return type(value), repr(value)


def outcome(call, subject):
    """Return the result, or the type and text of the error, of a call."""
    try:
        result = call(subject)
    except Exception as error:
        text = OPERANDS.sub(lambda m: f"'{m[1].lower()}'", str(error))
        return type(error), text
    return "returned", settled(result)


class Machine(RuleBasedStateMachine):
    """A plain object beside two proxies; the managers are set by the test."""

    managers = None  # {"cpython": a manager, "minimp": another}
    typeid = None

    def create(self, plain, *args):
        """Begin with `plain`, and what the managers make of `args`."""
        self.plain = plain
        self.proxies = {
            name: getattr(manager, self.typeid)(*args)
            for name, manager in self.managers.items()
        }

    def step(self, call, upstream=None, known=False):
        """Make one call on all three, `upstream` on CPython's if that cannot
        yet, none if it is `known` to differ; return what the object did."""
        expected = outcome(call, self.plain)
        for name, proxy in self.proxies.items():
            if name == "cpython" and known:
                continue
            theirs = upstream and name == "cpython" and UP_TO_3_13
            got = outcome(upstream if theirs else call, proxy)
            assert got == expected, f"{name}: {got}, the object: {expected}"
        return expected

    def method(self, name, *args):
        """Call a method of all three by its name."""
        known = NEW_IN_3_14.get(f"{self.typeid.title()}Proxy", {})
        late = known.get(name)
        self.step(
            lambda p: getattr(p, name)(*args),
            late and (lambda p: late(p, *args)),
        )

    @rule()
    def by_a_pickled_copy(self):
        """From here on ours is driven by a copy, which is as good."""
        self.proxies["minimp"] = pickle.loads(pickle.dumps(self.proxies["minimp"]))

    def state(self, subject):
        """Return all that is in a subject."""
        return copy.deepcopy(subject)

    @invariant()
    def same_state(self):
        self.step(self.state)

    @invariant()
    def same_text(self):
        for name, proxy in self.proxies.items():
            if self.shows_order:
                assert str(proxy) == repr(self.plain), name
            assert re.fullmatch(
                rf"<\S+ object, typeid '{self.typeid}' at 0x[0-9a-f]+>", repr(proxy)
            )

    shows_order = True

    def teardown(self):
        self.plain = self.proxies = None


atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**70, 1.0, -0.5, "", "a", "b", b"x"]),
)
values = atoms | st.lists(atoms, max_size=3) | st.tuples(atoms, atoms)
numbers = st.integers(-6, 6)
indices = numbers | st.slices(6) | st.sampled_from(["a", None, 1.5])
lists = st.lists(values, max_size=4)
no_iterable = st.sampled_from([7, None])


class ListMachine(Machine):
    typeid = "list"

    @initialize(items=lists)
    def begin(self, items):
        self.create(items, items)

    @rule(name=st.sampled_from(["append", "remove", "count", "index"]), value=values)
    def with_a_value(self, name, value):
        self.method(name, value)

    @rule(name=st.sampled_from(["clear", "copy", "reverse", "pop", "sort", "append"]))
    def with_nothing(self, name):
        self.method(name)

    @rule(index=indices)
    def pop(self, index):
        self.method("pop", index)

    @rule(index=indices, value=values)
    def insert(self, index, value):
        self.method("insert", index, value)

    @rule(index=indices)
    def get(self, index):
        self.step(lambda p: p[index])

    @rule(index=indices, value=values | lists)
    def set(self, index, value):
        self.step(lambda p: p.__setitem__(index, value))

    @rule(index=indices)
    def delete(self, index):
        self.step(lambda p: p.__delitem__(index))

    @rule(other=lists | no_iterable)
    def extend(self, other):
        self.method("extend", other)

    @rule(other=lists | no_iterable)
    def add(self, other):
        self.step(lambda p: p + other)

    @rule(factor=st.integers(-1, 3))
    def multiply(self, factor):
        self.step(lambda p: p * factor)
        self.step(lambda p: factor * p)

    @rule(
        name=st.sampled_from(["__mul__", "__rmul__", "__imul__"]),
        factor=st.sampled_from(["a", 0.5, None]),
    )
    def multiply_by_no_number(self, name, factor):
        """The method has other words for it than the operator."""
        self.method(name, factor)

    @rule(other=lists | no_iterable)
    def add_in_place(self, other):
        self.step(lambda p: operator.iadd(p, other) is p)

    @precondition(lambda self: len(self.plain) < 20)
    @rule(factor=st.integers(-1, 3))
    def multiply_in_place(self, factor):
        self.step(lambda p: operator.imul(p, factor) is p)

    @rule(key=st.sampled_from([None, str, repr, abs]), reverse=st.booleans())
    def sort(self, key, reverse):
        self.step(lambda p: p.sort(key=key, reverse=reverse))

    @rule(value=values)
    def look(self, value):
        self.step(lambda p: (value in p, len(p), bool(p)))
        self.step(lambda p: (list(p), list(reversed(p)), [*map(repr, p)]))
        self.step(lambda p: p.index(value, 1, 4))


keys = st.integers(-2, 2) | st.sampled_from(["a", "b", None, (1, 2)])
any_key = keys | st.just([])  # the last cannot be hashed
pairs = st.lists(st.tuples(any_key, values), max_size=3)
dicts = st.dictionaries(keys, values, max_size=3)


class DictMachine(Machine):
    typeid = "dict"

    @initialize(items=dicts)
    def begin(self, items):
        self.create(items, items)

    @rule(key=any_key, value=values)
    def set(self, key, value):
        self.step(lambda p: p.__setitem__(key, value))

    @rule(key=any_key)
    def get(self, key):
        self.step(lambda p: p[key])
        self.step(lambda p: key in p)

    @rule(key=any_key)
    def delete(self, key):
        self.step(lambda p: p.__delitem__(key))

    @rule(
        name=st.sampled_from(["get", "pop", "setdefault"]),
        args=st.tuples(any_key) | st.tuples(any_key, values) | st.just(()),
    )
    def with_a_key(self, name, args):
        self.method(name, *args)

    @rule(name=st.sampled_from(["clear", "copy", "popitem", "update"]))
    def with_nothing(self, name):
        self.method(name)

    @rule(other=dicts | pairs | no_iterable | st.just(["abc"]))
    def update(self, other):
        self.method("update", other)

    @rule(value=values)
    def update_with_keywords(self, value):
        self.step(lambda p: p.update(a=value, self=value))

    @rule(other=dicts)
    def join(self, other):
        late = NEW_IN_3_14["DictProxy"]
        self.step(lambda p: p | other, lambda p: late["__or__"](p, other))
        self.step(lambda p: other | p, lambda p: late["__ror__"](p, other))

    @rule(other=no_iterable | st.just([(1, 2)]))
    def join_what_is_no_dict(self, other):
        self.step(lambda p: p | other, lambda p: p.copy() | other)
        self.step(lambda p: other | p, lambda p: other | p.copy())

    @rule(other=dicts | pairs | no_iterable)
    def join_in_place(self, other):
        def update(p):
            p.update(other)
            return True

        self.step(lambda p: operator.ior(p, other) is p, update)

    @rule(keys=st.lists(any_key, max_size=3) | no_iterable, value=values)
    def fromkeys(self, keys, value):
        self.method("fromkeys", keys, value)

    @rule()
    def look(self):
        self.step(lambda p: (len(p), bool(p), list(p)))
        self.step(lambda p: [list(p.keys()), list(p.values()), list(p.items())])
        self.step(lambda p: list(reversed(p)), lambda p: list(reversed(p.keys())))

    @rule(key=keys)
    def grow_in_a_reversed_loop(self, key):
        """CPython's cannot until 3.14; see NEW_IN_3_14."""

        def loop(p):
            for _ in reversed(p):
                p.setdefault(key, 0)

        self.step(loop, known=UP_TO_3_13)
        self.step(lambda p: p.setdefault(key, 0) if p else None)  # for CPython's

    @rule(key=keys)
    def grow_in_a_loop(self, key):
        def loop(p):
            for _ in p:
                p.setdefault(key, 0)

        self.step(loop)


members = st.integers(-3, 3) | st.sampled_from(["a", "b", (1, 2)])
sets = st.sets(members, max_size=5) | st.frozensets(members, max_size=5)
no_set = st.just([1]) | no_iterable
IN_PLACE = [operator.ior, operator.iand, operator.isub, operator.ixor]
OPERATORS = [operator.or_, operator.and_, operator.sub, operator.xor]
OPERATORS += [operator.le, operator.lt, operator.ge, operator.gt]


class SetMachine(Machine):
    typeid = "set"
    shows_order = False  # it is not the same in two sets that are equal

    @initialize(items=st.sets(members, max_size=5))
    def begin(self, items):
        self.create(items, items)

    @rule(
        name=st.sampled_from(["add", "discard", "remove", "__contains__"]),
        value=members | st.just([]),
    )
    def with_a_member(self, name, value):
        self.method(name, value)

    @rule(name=st.sampled_from(["clear", "copy"]))
    def with_nothing(self, name):
        self.method(name)

    @rule(
        name=st.sampled_from(
            "difference intersection union symmetric_difference update"
            " difference_update intersection_update isdisjoint issubset"
            " symmetric_difference_update issuperset".split()
        ),
        other=sets | st.lists(members, max_size=4) | no_iterable | st.just([[]]),
    )
    def with_another(self, name, other):
        self.method(name, other)

    @rule(operate=st.sampled_from(OPERATORS), other=sets | no_set)
    def operate(self, operate, other):
        self.step(lambda p: operate(p, other))
        self.step(lambda p: operate(other, p))

    @rule(operate=st.sampled_from(IN_PLACE), other=sets)
    def operate_in_place(self, operate, other):
        self.step(lambda p: operate(p, other) is p)

    @rule()
    def pop(self):
        """Any member will do."""
        if not self.plain:
            self.method("pop")
            return
        for name, proxy in self.proxies.items():
            value = proxy.pop()
            assert value in self.plain, name
            proxy.add(value)
        value = self.plain.pop()
        for proxy in self.proxies.values():
            proxy.remove(value)

    @rule()
    def look(self):
        self.step(lambda p: (len(p), bool(p), set(p), frozenset(iter(p))))

    def state(self, subject):
        return set(subject.copy())


names = st.sampled_from(["x", "y", "count", "long_name"])


class NamespaceMachine(Machine):
    typeid = "Namespace"

    @initialize()
    def begin(self):
        self.create(workers.load("minimp").Namespace())

    @rule(name=names, value=values)
    def set(self, name, value):
        self.step(lambda p: setattr(p, name, value))

    @rule(name=names)
    def get(self, name):
        self.step(lambda p: getattr(p, name))
        self.step(lambda p: getattr(p, name, "default"))
        self.step(lambda p: hasattr(p, name))

    @rule(name=names)
    def delete(self, name):
        self.step(lambda p: delattr(p, name))

    @rule(name=names, value=values)
    def add(self, name, value):
        def iadd(p):
            setattr(p, name, getattr(p, name) + value)

        self.step(iadd)

    def state(self, subject):
        names = "x", "y", "count", "long_name"
        return {name: getattr(subject, name, "none") for name in names}


class ValueMachine(Machine):
    typeid = "Value"

    @initialize(typecode=st.sampled_from(["i", "no typecode", None]), value=values)
    def begin(self, typecode, value):
        plain = workers.load("minimp").Value(typecode, value)
        self.create(plain, typecode, value)

    @rule(value=values)
    def set(self, value):
        self.method("set", value)

    @rule(value=values)
    def assign(self, value):
        self.step(lambda p: setattr(p, "value", value))

    @rule(value=values)
    def add(self, value):
        def iadd(p):
            p.value += value

        self.step(iadd)

    def state(self, subject):
        return [subject.value, subject.get()]


class ArrayMachine(Machine):
    typeid = "Array"
    items = numbers | st.sampled_from([300, -129, 1.5, "a", None, 2**64])

    @initialize(
        typecode=st.sampled_from("bBhiqdf"),
        items=st.lists(st.integers(0, 9), max_size=5),
    )
    def begin(self, typecode, items):
        self.typecode = typecode
        self.create(array.array(typecode, items), typecode, items)

    @rule(index=indices)
    def get(self, index):
        self.step(lambda p: p[index])

    @rule(index=indices, value=items)
    def set(self, index, value):
        self.step(lambda p: p.__setitem__(index, value))

    @rule(index=indices, items=st.lists(st.integers(0, 9), max_size=4))
    def set_slice(self, index, items):
        value = array.array(self.typecode, items)
        self.step(lambda p: p.__setitem__(index, value))

    @rule()
    def look(self):
        self.step(lambda p: (len(p), bool(p), list(p), list(reversed(p))))
        self.step(lambda p: 3 in list(p))

    @rule(typecode=st.sampled_from(["z", "", 3, "i"]), items=lists | no_iterable)
    def another(self, typecode, items):
        """One that cannot be made says why, in the last line."""
        expected = last_line(lambda: array.array(typecode, items))
        for name, manager in self.managers.items():
            got = last_line(lambda m=manager: m.Array(typecode, items))
            assert got == expected, name


def last_line(call):
    """Return the error of a call as a traceback ends, None if none came."""
    try:
        call()
    except workers.load("cpython").RemoteError as error:
        return error.args[0].splitlines()[-1]
    except workers.load("minimp").RemoteError as error:
        return error.args[0].splitlines()[-1]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class QueueMachine(Machine):
    typeid = "Queue"
    ended = False

    @initialize(maxsize=st.integers(-1, 3))
    def begin(self, maxsize):
        self.create(queue.Queue(maxsize), maxsize)

    @rule(value=values)
    def put(self, value):
        self.method("put_nowait", value)

    @rule()
    def get(self):
        self.method("get_nowait")

    @rule(value=values, timeout=st.sampled_from([-1, 0, 0.001, "a"]))
    def put_with_timeout(self, value, timeout):
        self.step(lambda p: p.put(value, timeout=timeout))

    @rule(block=st.booleans(), timeout=st.sampled_from([-1, 0, 0.001]))
    def get_with_timeout(self, block, timeout):
        self.step(lambda p: p.get(block, timeout))

    @rule()
    def task_done(self):
        self.method("task_done")

    @precondition(lambda self: not self.plain.unfinished_tasks)
    @rule()
    def join(self):
        self.method("join")

    @precondition(lambda self: hasattr(queue, "ShutDown"))
    @rule(immediate=st.booleans(), really=st.integers(0, 5))
    def shut_down(self, immediate, really):
        if not really:
            self.step(lambda p: p.shutdown(immediate))

    def state(self, subject):
        return subject.qsize(), subject.empty(), subject.full()

    @invariant()
    def same_text(self):
        for proxy in self.proxies.values():
            assert re.fullmatch(
                r"<AutoProxy\[Queue\] object, typeid 'Queue' at 0x[0-9a-f]+>",
                repr(proxy),
            )

    def teardown(self):
        """What is left in the queue is the same, and in the same order."""
        while self.step(lambda p: p.get_nowait())[0] == "returned":
            pass
        super().teardown()


# --- the tests --------------------------------------------------------------------


MACHINES = [
    ListMachine,
    DictMachine,
    SetMachine,
    NamespaceMachine,
    ValueMachine,
    ArrayMachine,
    QueueMachine,
]


def run_machine(machine, examples, steps):
    """Run `machine` against fresh managers, which hold nothing afterwards."""
    with (
        workers.manager_class("cpython")(ctx=FORK) as theirs,
        workers.manager_class("minimp")(ctx=FORK) as ours,
    ):
        managers = {"cpython": theirs, "minimp": ours}
        if machine.typeid == "set" and UP_TO_3_13:
            del managers["cpython"]  # has none yet
        bound = type(machine.__name__, (machine,), {"managers": managers})
        run_state_machine_as_test(
            bound,
            settings=settings(max_examples=examples, stateful_step_count=steps),
        )
        gc.collect()
        for manager in managers.values():
            assert manager._number_of_objects() == 0
        managers.clear()  # Hypothesis keeps the class


@pytest.mark.parametrize("operate", IN_PLACE)
@pytest.mark.parametrize("other", [[1], 7, None], ids=repr)
def test_in_place_with_what_is_no_set(operate, other):
    """CPython's proxy does nothing, and does not say so."""
    with workers.manager_class("minimp")(ctx=FORK) as manager:
        proxy = manager.set({1, 2})
        expected = outcome(lambda p: operate(p, other), {1, 2})
        assert expected[0] is TypeError
        assert outcome(lambda p: operate(p, other), proxy) == expected
        assert proxy.copy() == {1, 2}


machines = pytest.mark.parametrize(
    "machine", MACHINES, ids=[machine.typeid for machine in MACHINES]
)


@machines
def test_any_order_of_calls(machine):
    run_machine(machine, 25, 20)


@pytest.mark.slow
@machines
def test_any_order_of_calls_long(machine):
    run_machine(machine, 60, 40)
