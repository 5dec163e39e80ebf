"""The figures of the chapters on several machines show what the chapters say."""

import pytest

pytest.importorskip("sphinx")

from docs._ext.figures import limits, machines


def rows_of(markdown):
    """Return the cells of a table, without its head."""
    lines = markdown.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def test_bob_asks_first_and_waits():
    table = machines.conversation()
    assert table.header == ("Ann", "`for_ann`", "`for_bob`", "Bob")
    cells = [cell for row in table.rows for cell in (row[0], row[-1]) if cell]
    asked = cells.index("`for_bob.get(True, 30)`")
    put = cells.index("`for_bob.put('Bob, do you travel tomorrow?')`")
    got = cells.index("gets `'Bob, do you travel tomorrow?'`")
    assert asked < put < got
    assert table.rows[put][1:3] == ("0", "**1**")
    assert table.rows[got][1:3] == ("0", "**0**")
    assert table.rows[-1][:3] == ("gets `'Ann, only on Friday.'`", "**0**", "0")


def test_same_requests_on_fewer_connections():
    counts = {what: cells for what, *cells in rows_of(machines.counts())}
    connections = [int(text) for text in counts["connections"]]
    assert connections[0] > connections[1]
    assert counts["requests to objects"] == ["4", "4"]


def test_each_step_has_a_time():
    rows = rows_of(machines.delays())
    assert [row[0] for row in rows] == list(machines.STEPS)
    assert all(cell.endswith(" ms") for row in rows for cell in row[1:])


def test_only_minimp_goes_on_after_a_restart():
    theirs, ours = machines.restarted().split("Under minimp:")
    assert theirs.count("BrokenPipeError: [Errno 32] Broken pipe") == 2
    assert "ManagerGoneError: the manager at ('127.0.0.1', " in ours
    assert "KeyError: \"no object '" in ours
    assert "a new proxy: 0\n" in ours


def test_lambda_fails_in_two_ways():
    first, second = machines.registered_lambda().splitlines()[1:-1]
    assert first.startswith("PicklingError: Can't pickle <function <lambda> at 0x...>")
    assert second.endswith("local object 'main.<locals>.<lambda>'")


def test_each_number_of_clients_makes_calls():
    rows = rows_of(limits.calls())
    assert [row[0] for row in rows] == ["1", "2", "4"]
    assert all(int(cell.replace(",", "")) > 0 for row in rows for cell in row[1:])
