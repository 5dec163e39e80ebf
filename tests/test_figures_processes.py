"""What the chapters on processes say of their figures is so."""

import re
import sys

import pytest

pytest.importorskip("sphinx")

from docs._ext.figures import endings, starts

NEW = sys.version_info >= (3, 13)


def columns(table):
    """Return the cells of a Markdown table, without its head, as tuples."""
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return [tuple(re.sub("[*`]", "", cell).strip() for cell in row) for row in rows]


def texts(table):
    """Return who does what, of lanes: (column, text) in order."""
    return [
        (0 if first else 2, first or last)
        for first, *_, last in table.rows
        if first or last
    ]


def follow(table, *wanted):
    """Say whether these stand in the lanes in this order, others between them."""
    rest = iter(texts(table))
    return all(one in rest for one in wanted)


def test_what_a_child_has():
    rows = {what: tuple(cells) for what, *cells in columns(starts.found())}
    assert len(rows) == 11
    assert rows.pop("threads that run") == ("1", "1", "1")
    assert rows.pop("gets the lock that a thread of the parent has") == (
        "no",
        "yes",
        "yes",
    )
    same = {what for what, cells in rows.items() if len(set(cells)) == 1}
    assert same == {"the folder added to sys.path", "the working directory"}
    server = {what for what, (_, one, other) in rows.items() if one != other}
    assert server == {
        "a variable put into os.environ",
        "its parent is who called start()",
    }


def test_a_forked_child_is_a_copy():
    table = starts.forked()
    copy = (2, "is there, as a copy of its parent")
    assert follow(table, (0, "calls `child.start()`"), copy, (2, "calls `greet`"))
    assert follow(table, (0, "is back from `start()`"), (0, "is back from `join()`"))
    assert not [text for _, text in texts(table) if "pickle" in text]


def test_a_spawned_child_begins_anew():
    table = starts.spawned()
    assert follow(
        table,
        (0, "executes `start.py`, as `__main__`"),
        (0, "calls `child.start()`"),
        (0, "pickles the argument of `greet`"),
        (2, "begins, as a new Python"),
        (2, "imports minimp"),
        (2, "goes to the working directory of its parent"),
        (2, "executes `start.py`, as `__mp_main__`"),
        (2, "unpickles the argument"),
        (2, "calls `greet`"),
        (0, "is back from `join()`"),
    )


def test_a_served_child_is_a_copy_of_the_server():
    assert follow(
        starts.served(),
        (0, "pickles the argument of `greet`"),
        (2, "*fork server:* begins, as a new Python"),
        (2, "is there, as a copy of the server"),
        (2, "unpickles the argument"),
        (2, "calls `greet`"),
    )


def test_times_count_from_the_start():
    times = [float(ms) for _, ms, _ in starts.forked().rows if ms]
    assert times[0] == 0 and times == sorted(times) and len(times) >= 5


def test_a_program_of_the_watch_that_fails_is_an_error():
    with pytest.raises(RuntimeError, match="(?s)start: 1, .*cannot find context"):
        starts.watched("start", "no such method")


def test_without_a_guard():
    text = starts.unguarded()
    assert "as __main__\nexecutes this file as __mp_main__\nTraceback" in text
    assert "bootstrapping phase" in text and "exit code 1" in text
    assert 'File "' not in text


def test_what_was_typed_in():
    assert "AttributeError: Can't get attribute 'greet' on <module" in starts.typed()


def test_ways_to_end():
    rows = {way: tuple(cells) for way, *cells in columns(endings.ways())}
    atexit = "yes" if NEW else "only minimp"
    killed = {
        way: code
        for way, (code, *cells) in rows.items()
        if cells == ["no", "no", "no", "no"]
    }
    assert sorted(killed.values()) == ["-15", "-9", "3"]
    left = [cells for way, (_, *cells) in rows.items() if way not in killed]
    assert left == [["yes", "yes", atexit, "yes"]] * 6


def test_last_moments():
    table = endings.watched()
    exit_function = (2, "calls what was registered with `atexit`")
    finalizers = [(2, f"calls a finalizer of priority {n}") for n in (10, 0, -10)]
    assert follow(
        table,
        (2, "its target returns"),
        (2, "its other thread ends"),
        *finalizers[:2],
        (2, "its daemonic child gets `SIGTERM`"),
        (2, "its other child ends"),
        finalizers[2],
        (0, "the sentinel can be read"),
        (0, "`child.exitcode` &nbsp;is 0"),
    )
    first, last = exit_function, finalizers[0]
    assert follow(table, *((first, last) if NEW else (finalizers[2], first)))
    states = [state.strip("*") for _, state, _ in table.rows]
    assert states[-2:] == ["zombie", "gone"] and set(states[:-2]) == {"runs"}


def test_who_inherits_the_sentinel():
    assert columns(endings.left_behind()) == [
        ("the sentinel says so", "no", "yes"),
        ("join(0.5) takes", "0.5 seconds", "no time"),
    ]


def test_a_child_that_the_system_reaps():
    assert [cells for _, *cells in columns(endings.reaped())] == [
        ["None", "255"],
        ["True", "False"],
        ["True", "False"],
    ]
