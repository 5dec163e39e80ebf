"""What the chapters on queues and pools say of their figures is so."""

import pytest

pytest.importorskip("sphinx")

from docs._ext.figures import pools, queues


def cells(table):
    """Return the cells of a Markdown table, without its head, as tuples."""
    rows = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    return [tuple(cell.strip(" `") for cell in row) for row in rows]


def numbers(table):
    """Return what stands in the middle of lanes, as tuples of int."""
    return [tuple(int(cell.strip("*")) for cell in row[1:-1]) for row in table.rows]


def test_through_a_queue():
    table = queues.through_a_queue()
    found = numbers(table)
    free = [row[0] for row in found]
    buffer = [row[1] for row in found]
    full = [row[2] > 0 for row in found]
    assert free == [2, 1, 0, 0, 0, 0, 0, 0]
    assert buffer == [0, 0, 1, 1, 0, 0, 1, 1]
    assert full == [False] * 4 + [True] + [False] * 3
    assert table.rows[2][0] == "`put(b)` returns; `empty()` is `True`, `qsize()` is 2"


def test_a_queue_without_a_maxsize_has_places():
    assert queues.places() == "2,147,483,647"
    assert int(queues.room()) >= 4


def test_refused_in_silence():
    ready = [row[1].strip("*") for row in queues.refused().rows]
    assert ready == ["False", "True", "True", "True"]
    assert queues.refused().rows[1][2] == "a `RuntimeError`, which becomes the result"
    assert queues.refused().rows[-1][0] == "`get()` raises the `RuntimeError`"


def test_what_travels():
    found = {name: rest for name, *rest in cells(queues.travel())}
    for name in ("a list", "an end of a `Pipe()", "manager.Queue()"):
        assert found[name] == ["yes", "yes", "yes", ""]
    for name in ("Lock()", "Queue()", "Value('i')"):
        assert found[name] == ["yes", "yes", "no", "RuntimeError"]
    for name in ("a `lambda", "threading.Lock()"):
        assert found[name][:3] == ["yes", "no", "no"]


def test_way_of_a_task():
    found = [tuple(map(bool, row)) for row in numbers(pools.way())]
    calls, into, out = zip(*found, strict=True)
    assert calls == (False, False, True, *[False] * 6)
    assert into == (False,) * 3 + (True, False, True) + (False,) * 3
    assert out == (False,) * 7 + (True, False)
    assert pools.way().rows[-1][0] == "**main**: `get()` returns `'A'`, and then `'B'`"


def test_killed_workers():
    assert cells(pools.killed()) == [
        ("waits for a task", "the next", "waits for ever", "done"),
        ("runs one", "its own", "waits for ever", "WorkerLostError"),
        ("", "the next", "done", "done"),
        ("sends a result", "its own", "waits for ever", "WorkerLostError"),
        ("", "the next", "waits for ever", "done"),
    ]


def test_lost_tasks():
    _, killed, left, _ = pools.lost().splitlines()
    start = "minimp.pool.WorkerLostError: "
    assert killed.startswith(start) and left.startswith(start)
    assert "SIGKILL" in killed and "exitcode=3" in left


def test_chunks_of_map():
    assert pools.chunks() == "15 chunks of 7 or fewer"
