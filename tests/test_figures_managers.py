"""What the chapters on the server and the proxy say of their figures is so."""

import re

import pytest

pytest.importorskip("sphinx")

from docs._ext.figures import proxy, server


def columns(table):
    """Return the cells of a Markdown table, without its head, as tuples."""
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return [tuple(cell.strip().strip("`") for cell in row) for row in rows]


def both(text):
    """Return what stands under CPython, and what under minimp."""
    return re.findall(r"```text\n(.*?)\n```", text, re.DOTALL)


def test_threads_of_a_server():
    cells = [line.split("|")[2:4] for line in server.threads().splitlines()[2:]]
    counts = [tuple(cell.strip() for cell in row) for row in cells]
    rest = [*[("", "1")] * 2, *[("1", "2")] * 3]
    assert counts == [*[("1", "1")] * 2, *rest]


def test_out_of_descriptors_cpython_spins():
    assert 1 < server.attempts("minimp") <= 4
    assert server.attempts("cpython") > 100 * server.attempts("minimp")


def test_idents():
    assert server.idents_of_minimp() == "200"
    assert int(server.idents_of_cpython()) < 200


def test_traceback_names_the_line_in_the_server():
    theirs, ours = both(server.tracebacks())
    assert theirs.endswith("\nValueError: only 5 there, not 7")
    assert ours.endswith("\nValueError: only 5 there, not 7")
    line = '    raise ValueError(f"only 5 there, not {amount}")\n'
    assert line in ours and line not in theirs


def test_errors_that_do_not_travel():
    theirs, ours = [text.splitlines()[1::2] for text in both(server.errors())]
    lock = "RemoteError: TypeError: cannot pickle '_thread.lock' object"
    assert [line.strip() for line in theirs] == [
        "TypeError: NeedsTwo.__init__() missing 1 required positional argument:"
        " 'second'",
        lock,
        "EOFError",
        "BrokenPipeError: [Errno 32] Broken pipe",
    ]
    assert [line.strip() for line in ours] == [
        "RemoteError: remote_errors.NeedsTwo: 1 and 2",
        lock,
        "RemoteError: SystemExit: 3",
        "5",
    ]


def test_endings():
    verdicts = list(zip(*(both for _, *both in columns(server.endings())), strict=True))
    assert verdicts == [("ends", "ends", "stays", "stays"), ("ends",) * 4]


def test_requests_of_statements():
    found = {}
    for line in proxy.messages().splitlines()[2:]:
        text, *counts = line.strip("|").split("|")
        found[text.strip(" `")] = [int(count.strip() or 0) for count in counts]
    assert found["numbers[5] += 1"] == [2, 0, 0]
    assert found["repr(numbers)"] == found["numbers == 7"] == [0, 0, 0]
    assert found["sum(numbers)"] == [12, 0, 0]  # 11 numbers by then, and the end
    assert found["sum(numbers[:])"] == [1, 0, 0]
    objects, theirs, ours = found["for key in ages: pass"]
    assert (objects, ours) == (12, 1)
    assert theirs in (2, 3)  # the iterator's proxy may outlive the loop
    assert found["for key in ages.keys(): pass"] == [1, 0, 0]
    assert found["made = manager.list()"] == [0, 3, 1]


def test_interrupted_call_shifts_the_answers_of_cpython():
    theirs, ours = [
        [line.split()[-1] for line in text.splitlines()[1:]]
        for text in both(proxy.interrupted())
    ]
    assert theirs == ["False", "30", "40"]
    assert ours == ["30", "40", "2"]


def test_one_cause_has_four_errors_in_cpython():
    errors = [error.split(":")[0] for _, error in columns(proxy.gone())]
    assert errors == [
        "BrokenPipeError",
        "BrokenPipeError",
        "ConnectionRefusedError",
        "FileNotFoundError",
        "EOFError",
    ]
    theirs, ours = both(proxy.first_call())
    assert theirs.startswith("AttributeError: 'ForkAwareLocal' object has no")
    assert theirs.endswith("\nFileNotFoundError: [Errno 2] No such file or directory")
    assert ours.startswith("minimp.managers.ManagerGoneError: the manager at '")


def test_names_that_are_not_exposed():
    theirs, ours = both(proxy.names())
    assert "'depositt'\n" in theirs
    assert "'depositt'; exposed are deposit, withdraw\n" in ours
    assert theirs.endswith("RemoteError: KeyError: '__len__'")
    assert ours.endswith("is not in exposed=['deposit', 'withdraw']")


def test_dict_in_a_child():
    theirs, ours = [text.splitlines()[-1] for text in both(proxy.in_a_child())]
    assert theirs == (
        "sorted(ages): AttributeError: 'NoneType' object has no attribute '_registry'"
    )
    assert ours == "sorted(ages): ['Ann', 'Bob']"
