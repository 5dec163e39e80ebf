"""The figures of the chapters on locks, the wrapper and lost updates are true."""

import ctypes
import gc
import itertools
import math
import re
import weakref

import pytest

pytest.importorskip("sphinx")

from compare import probe
from docs._ext.figures import costs, lost_update, programs, semaphores, wrapper

ORDERS = sorted(set(map("".join, itertools.permutations("AABB"))))
IMPLEMENTATIONS = list(lost_update.IMPLEMENTATIONS)


# --- forced orders


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("order", ORDERS)
def test_real_processes_do_what_the_model_says(implementation, order):
    rows, result = lost_update.run_forced(implementation, order)
    assert result == lost_update.result(order)
    assert len(rows) == 4
    for who, row in zip(order, rows, strict=True):
        mine, other = (row[0], row[2]) if who == "A" else (row[2], row[0])
        assert re.fullmatch(r"(reads|writes) \*\*\d\*\*, lock count 1", mine)
        assert other == ""


def test_forced_order_reads_twice_before_it_writes():
    table = lost_update.forced()
    assert table.rows == [
        ("reads **0**, lock count 1", "0", ""),
        ("", "0", "reads **0**, lock count 1"),
        ("writes **1**, lock count 1", "**1**", ""),
        ("", "**1**", "writes **1**, lock count 1"),
    ]
    assert table.caption == "Two updates, and the answer is `1`"


def test_who_asks_while_the_lock_is_held_waits():
    table = lost_update.held()
    assert table.rows == [
        ("has the lock, count 1", "0", ""),
        ("", "0", "asks for the lock"),
        ("reads **0**, lock count 2", "0", "waits"),
        ("writes **1**, lock count 2", "**1**", "waits"),
        ("gives the lock back", "1", "has the lock, count 1"),
        ("", "1", "reads **1**, lock count 2"),
        ("", "**2**", "writes **2**, lock count 2"),
        ("", "2", "gives the lock back"),
    ]
    assert table.caption == "With the lock held, the answer is `2`"


def test_a_process_that_does_not_wait_is_an_error():
    v = lost_update.new("minimp")
    with lost_update.Actor(lost_update.bare, v) as actor:
        actor.pipe.send(None)
        assert actor.pipe.poll(lost_update.TIMEOUT)
        with pytest.raises(RuntimeError, match=r"should have waited: reads \*\*0"):
            actor.waits()
        actor.step()


def die(v):
    raise SystemExit(3)


def never_report(v):
    v.get_lock().pipe.recv()


def test_a_process_that_fails_is_an_error():
    with pytest.raises(RuntimeError, match="ended: 3"):
        with lost_update.Actor(die, lost_update.new("minimp")):
            pass
    with pytest.raises((EOFError, OSError)):
        with lost_update.Actor(die, lost_update.new("minimp")) as actor:
            actor.step()


def test_a_process_that_does_not_answer_is_killed(monkeypatch):
    monkeypatch.setattr(lost_update, "TIMEOUT", 0.1)
    with pytest.raises(RuntimeError, match="does not answer"):
        with lost_update.Actor(never_report, lost_update.new("minimp")) as actor:
            actor.report()


def test_implementations_that_differ_are_an_error():
    assert lost_update.on_both(lambda name: 1) == 1
    with pytest.raises(RuntimeError, match="minimp: minimp; CPython: CPython"):
        lost_update.on_both(lambda name: name)


# --- all orders


def by_hand(processes, updates):
    """The counts once more, in another way: all permutations of the steps."""
    steps = [who for who in range(processes) for _ in range(2 * updates)]
    orders = set(itertools.permutations(steps))
    results = []
    for order in orders:
        value, read = 0, [None] * processes
        for who in order:
            if read[who] is None:
                read[who] = value
            else:
                value, read[who] = read[who] + 1, None
        results.append(value)
    lose = [value for value in results if value != processes * updates]
    return len(orders), len(lose), min(results)


@pytest.mark.parametrize("size", [(2, 1), (2, 2), (3, 1), (1, 3)])
def test_counts_are_those_of_all_permutations(size):
    assert lost_update.count(*size) == by_hand(*size)


@pytest.mark.parametrize("processes, updates", lost_update.SIZES)
def test_counts_have_the_closed_form(processes, updates):
    def orders(steps):
        return math.factorial(processes * steps) // math.factorial(steps) ** processes

    everything, lose, least = lost_update.count(processes, updates)
    assert everything == orders(2 * updates)
    # An order loses nothing when no update has anything in its middle.
    assert everything - lose == orders(updates)
    assert least == min(updates, 2)
    assert lost_update.count_held(processes, updates) == (orders(updates), 0)
    assert lost_update.digits(processes, 2 * updates) == len(str(everything))


def test_digits_of_the_large_numbers():
    for steps, digits in (
        (2000, lost_update.digits_of_all),
        (1000, lost_update.digits_of_good),
    ):
        number = math.factorial(5 * steps) // math.factorial(steps) ** 5
        n = int(digits().replace(",", ""))
        assert 10 ** (n - 1) <= number < 10**n


def test_table_of_all_orders():
    lines = lost_update.table().splitlines()
    assert "| 2 × 1 | 4 of 6 | 1 | 0 of 2 |" in lines
    assert "| 3 × 2 | 34,560 of 34,650 | 2 | 0 of 90 |" in lines
    assert len(lines) == 2 + len(lost_update.SIZES)


def test_free_runs_stay_between_two_and_all(monkeypatch):
    monkeypatch.setattr(lost_update, "RUNS", 2)
    counts = list(map(int, re.findall(r"\d+", lost_update.more_runs())))
    assert len(counts) == 4
    assert all(2 <= count <= 5000 for count in counts)


@pytest.mark.parametrize("impl", probe.MODULES)
@pytest.mark.parametrize(
    "program, last",
    [
        ("down_to_two", "updates: 5000 counted: 2"),
        ("last_ticket", "sell_safely: sold 1, left 0"),
        ("own_slots", "counted: 5000"),
    ],
)
def test_programs_end_as_the_chapter_says(impl, program, last):
    run = probe.run(program, impl, "fork")
    assert (run.failure, run.lines[-1]) == ("", last)


# --- the wrapper


def test_each_statement_takes_the_lock_that_often():
    taken = dict(
        zip(wrapper.STATEMENTS, lost_update.on_both(wrapper.run_takings), strict=True)
    )
    assert taken == {
        "v.value": 1,
        "v.value += 1": 2,
        "with v: v.value += 1": 3,
        "v.get_obj().value += 1": 0,
        "repr(v)": 0,
        "p.x += 1": 2,
        "len(a)": 0,
        "a[5]": 1,
        "a[5] += 1": 2,
        "a[:]": 1,
        "list(a)": 1001,
        "sum(a)": 1001,
        "sum(a[:])": 1,
        "s.value": 1,
        "s.raw": 1,
    }
    table = wrapper.takings()
    for statement, count in taken.items():
        assert f"`{statement}` | {count:,} " in table
    assert {line.count("|") for line in table.splitlines()} == {5}


def test_tracebacks_show_a_line_only_of_a_file():
    theirs, ours = map(wrapper.traceback_of, IMPLEMENTATIONS)
    assert 'File "<string>"' in theirs
    assert 'File ".../minimp/sharedctypes.py"' in ours
    assert "self._obj.value = value" in ours
    assert "self._obj.value = value" not in theirs
    assert theirs.splitlines()[-1] == ours.splitlines()[-1]
    assert theirs in wrapper.tracebacks() and ours in wrapper.tracebacks()


def test_accessors_are_three_ways_to_the_same():
    for cls in wrapper.accessors().values():
        thing = cls(wrapper.minimp.RawValue("i", 5))
        thing.v += 1
        assert (thing.v, thing.get_obj().value) == (6, 6)


def test_a_manager_s_value_has_no_lock():
    both = re.findall(r"```text\n(.*?)\n```", wrapper.managed(), re.DOTALL)
    theirs = (
        'manager.Value("i", "not an int").value: \'not an int\'\n'
        'manager.Value("i", 0).get_lock():\n'
        "AttributeError: 'ValueProxy' object has no attribute 'get_lock'"
    )
    assert both == [theirs, f"{theirs}; exposed are get, set"]


# --- locks between processes


def test_only_a_forked_child_has_the_global_locks():
    imported = "`NameError: name 'in_main' is not defined` | gets it |"
    assert semaphores.global_locks().splitlines()[2:] == [
        "| under fork, the child | would wait | would wait |",
        f"| under spawn, the child | {imported}",
        f"| under forkserver, the child | {imported}",
    ]


@pytest.mark.parametrize("method, leaks", [("spawn", False), ("forkserver", True)])
def test_a_child_under_forkserver_forgets_what_it_imported(method, leaks):
    run = programs.run("global_locks", "cpython", method)
    assert run.status == 0
    assert ("1 leaked semaphore objects to clean up" in run.stderr) == leaks


def test_the_resource_tracker_tells_of_a_lock_whose_process_was_killed():
    shown = semaphores.leaked().splitlines()
    assert (shown[0], shown[-1]) == ("```text", "```")
    assert shown[1].startswith(".../multiprocessing/resource_tracker.py:")
    assert max(map(len, shown)) <= 80
    assert (
        "UserWarning: resource_tracker: There appear to be 1 leaked semaphore objects"
        " to clean up at shutdown"
    ) in " ".join(map(str.strip, shown))


def test_a_lock_made_under_fork_is_refused_under_spawn_by_one_side():
    theirs, ours = semaphores.mixed().split("minimp:")
    assert "RuntimeError: A SemLock created in a fork context is being shared" in theirs
    assert "the child gets the lock: True" in ours


def test_a_program_of_a_figure_that_fails_is_an_error():
    assert programs.run("leaked_lock", "minimp", "spawn").stderr == ""
    with pytest.raises(RuntimeError, match="^leaked_lock, minimp, fork: ended by SIGK"):
        programs.printed("leaked_lock", "minimp")


# --- what it costs


def test_ratios_are_to_the_reference(monkeypatch):
    monkeypatch.setattr(costs, "ROUNDS", 5)
    quick, slow = costs.ratios(["n += 1", "sum(range(2000))"], {}, reference=0)
    assert quick == 1 < slow
    assert costs.ratios(["n += 1", "sum(range(2000))"], {}, reference=1)[1] == 1


def test_tables_of_costs_have_their_rows(monkeypatch):
    monkeypatch.setattr(costs, "ROUNDS", 3)
    ways = costs.ways().splitlines()
    assert ways[0] == "| way | CPython | minimp |"
    assert ways[2] == "| `v.value += 1`, which may lose | 1 | 1 |"
    assert len(ways) == 2 + len(costs.WAYS)
    assert wrapper.speed().splitlines()[-1] == "| written out | 1.00 |"


@pytest.mark.parametrize("number, text", [(1234, "1,000"), (47, "50"), (8.6, "9")])
def test_rounded_leaves_one_digit(number, text):
    assert costs.rounded(number) == text


def test_timing_a_text_leaves_nothing_in_the_cache(monkeypatch):
    monkeypatch.setattr(costs, "ROUNDS", 3)
    assert re.fullmatch(r"\d[\d,]*", wrapper.closures_per_exec())
    assert "minimp" not in lost_update.sharedctypes.prop_cache


def test_a_start_is_counted_in_updates():
    assert re.fullmatch(r"\d[\d,]*", costs.updates_per_start())


# --- what the chapters say beside the figures


def structure(*fields):
    return type("S", (ctypes.Structure,), {"_fields_": list(fields)})


def test_a_field_cannot_be_called_acquire(impl):
    with pytest.raises(RecursionError):
        impl.Value(structure(("acquire", ctypes.c_int)))


def test_a_field_may_have_any_name_in_minimp(impl):
    kind = structure(("class", ctypes.c_int))
    if impl.name == "cpython":
        with pytest.raises(SyntaxError):
            impl.Value(kind, 5)
    else:
        assert getattr(impl.Value(kind, 5), "class") == 5


def test_a_structure_once_shared_is_never_freed(impl):
    kind = structure(("x", ctypes.c_int))
    impl.Value(kind)
    kind = weakref.ref(kind)
    gc.collect()
    assert kind() in impl.sharedctypes.class_cache


def test_an_element_that_is_a_structure_is_a_view(impl):
    lock = wrapper.CountingLock()
    points = impl.Array(wrapper.Point, 2, lock=lock)
    points[0].x += 1
    assert (lock.taken, points[0].x) == (1, 1)
    points[:][1].y = 7
    assert points[1].y == 7


def test_a_lock_that_is_not_recursive_shuts_the_getter_out(impl):
    v = impl.Value("i", lock=impl.Lock())
    with v.get_lock():
        assert v.acquire(block=False) is False


def test_a_wrapper_of_a_wrapper_is_refused(impl):
    with pytest.raises(AssertionError, match="^object already synchronized$"):
        impl.synchronized(impl.Value("i"))


def test_an_array_of_wide_characters_has_no_value(impl):
    with pytest.raises(AttributeError, match="has no attribute 'value'"):
        impl.Array("u", "text").value.upper()
