"""Where a call's time goes: the notes, the path that they make, and what is shown.

No figure is asserted that a loaded machine could change.
"""

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compare import __main__ as verbs
from compare import parts, source, timeline
from compare.timeline import Cost, Note

SIDES = ("cpython", "minimp")


# One call from 0 to 100 µs. The server's first read began before it.
CLIENT = [
    Note("dumps", 1_000, 4_000),
    Note("write", 6_000, 9_000),
    Note("read", 12_000, 80_000),
    Note("read", 82_000, 84_000),
    Note("loads", 90_000, 95_000),
]
SERVER = [
    Note("read", -50_000, 30_000),
    Note("loads", 31_000, 33_000),
    Note("dumps", 40_000, 44_000),
    Note("write", 50_000, 55_000),
    Note("read", 60_000, 300_000),
]
CALL = (0, 100_000, CLIENT, SERVER)


def test_parts_of_a_call_add_up():
    found = timeline.parts_of(CALL, 6_000, Cost(0, 0), one_core=False)
    assert found == {
        "pickling": 3_000 + 4_000,
        "unpickling": 2_000 + 5_000,
        "system calls": 6_000 + 2_000,
        "wake-ups": (30_000 - 6_000) + (80_000 - 50_000) - 6_000,
        "Python": 100_000 - 14_000 - 2_000 - 24_000 - 30_000,
    }
    assert sum(found.values()) == 100_000


def test_on_one_core_the_writer_delays_the_reader():
    apart = timeline.parts_of(CALL, 6_000, Cost(0, 0), one_core=False)
    found = timeline.parts_of(CALL, 6_000, Cost(0, 0), one_core=True)
    left = (12_000 - 9_000) + (60_000 - 55_000)
    assert found["Python"] - apart["Python"] == left
    assert apart["wake-ups"] - found["wake-ups"] == left
    assert sum(found.values()) == 100_000


@pytest.mark.parametrize("one_core", [False, True])
def test_each_note_is_subtracted_once(one_core):
    # On one core also what the two writers do after their writes.
    found = timeline.parts_of(CALL, 6_000, Cost(10, 100), one_core)
    free = timeline.parts_of(CALL, 6_000, Cost(0, 0), one_core)
    less = {part: free[part] - found[part] for part in found}
    inside = {"pickling": 20, "unpickling": 20, "system calls": 10}
    assert {part: less[part] for part in inside} == inside
    assert sum(less.values()) == 7 * 10 + (7 + 2 * one_core) * 100


def test_calls_are_told_apart():
    later = [Note(kind, start + 100_000, end + 100_000) for kind, start, end in SERVER]
    # The first call that counts is not the first that the server has answered.
    before = [Note("dumps", -300, -200), Note("write", -100, 5_500)]
    theirs = before + SERVER[:-1] + [Note("read", 60_000, 130_000)] + later[1:]
    ours = CLIENT + [
        Note(kind, start + 100_000, end + 100_000) for kind, start, end in CLIENT
    ]
    spans = [(0, 100_000), (100_000, 200_000)]
    first, second = timeline.conversations(spans, ours, theirs)
    assert first == (0, 100_000, CLIENT, theirs[2:7])
    assert second == (100_000, 200_000, ours[5:], theirs[6:11])


def test_what_is_no_call_is_refused():
    with pytest.raises(ValueError, match="not what a call does: dumps write read"):
        list(timeline.conversations([(0, 100_000)], CLIENT[:3], SERVER))


def test_middle_half():
    assert timeline.middle([5, 1, 4, 2, 3, 9, 8, 7]) == [3, 4, 5, 7]
    assert timeline.middle([3]) == [3]
    assert timeline.middle(["ccc", "a", "bb", "dddd"], len) == ["bb", "ccc"]


def test_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 2, 5})
    assert timeline.cores("pinned") == ({5}, {5})
    assert timeline.cores("apart") == ({1}, {5})
    assert timeline.cores("free") == ({1, 2, 5}, {1, 2, 5})
    assert parts.possible() == ["pinned", "apart", "free"]
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3})
    assert parts.possible() == ["pinned", "free"]


@pytest.mark.parametrize("side", SIDES)
def test_functions_are_put_back(side):
    def functions():
        connection = multiprocessing.connection.Connection
        return [
            os.read,
            os.write,
            connection._send.__defaults__,
            connection._recv.__defaults__,
            vars(multiprocessing.reduction.ForkingPickler)["dumps"],
            vars(multiprocessing.reduction.ForkingPickler)["loads"],
            timeline.minimp.connection.dumps,
            timeline.minimp.connection.loads,
        ]

    before = functions()
    with timeline.wrapped(side, timeline.timed):
        changed = [a is not b for a, b in zip(before, functions(), strict=True)]
        assert sum(changed) == 6 if side == "cpython" else 4
    assert all(a is b for a, b in zip(before, functions(), strict=True))


def test_reader_that_looks_first():
    asked = []
    wrap = timeline.spinning(10**9)
    look = wrap("read", lambda fd, size: asked.append(fd))
    assert wrap("write", os.write) is os.write
    a, b = multiprocessing.Pipe()
    with a, b:
        a.send_bytes(b"x" * 5)
        assert look(b.fileno(), 4) == (5).to_bytes(4)
        assert not asked
    impatient = timeline.spinning(1000)("read", lambda fd, size: asked.append(fd))
    a, b = multiprocessing.Pipe()
    with a, b:
        impatient(b.fileno(), 4)
        assert asked == [b.fileno()]


def test_descriptor_may_become_that_of_a_pipe():
    look = timeline.spinning(10**9)("read", os.read)
    for duplex in (True, False, True):
        reader, writer = multiprocessing.Pipe(duplex)
        with reader, writer:
            writer.send_bytes(b"")
            assert look(reader.fileno(), 4) == bytes(4)


@pytest.fixture(scope="module")
def record():
    """Return the record of one short round, all places that need no second core."""
    return parts.measured(1, 40, ["pinned"])


def test_one_call_makes_so_many_system_calls(record):
    """These do not vary; the page has them from the record."""
    shapes = record["shapes"]
    reads = {"cpython": ["read", "read"], "minimp": ["read"]}
    for side in SIDES:
        kinds = {
            who: [note[0] for note in notes] for who, notes in shapes[side].items()
        }
        assert kinds == {
            "client": ["dumps", "write", *reads[side], "loads"],
            "server": [*reads[side], "loads", "dumps", "write"],
        }
    recorded = parts.load()["shapes"]
    for side in SIDES:
        assert parts.counts(shapes[side]) == parts.counts(recorded[side])


@pytest.mark.parametrize("side", SIDES)
def test_the_system_counts_the_same(side, record):
    case = timeline.Case(side, os.sched_getaffinity(0), 50)
    io = {}

    def counted(server, numbers):
        for who, pid in [("client", "self"), ("server", server.pid)]:
            text = Path(f"/proc/{pid}/io").read_text()
            io[who] = {k: int(v) for k, v in re.findall(r"(sysc[rw]): (\d+)", text)}
        return dict(io)

    context = multiprocessing.get_start_method()
    if context != "fork":
        pytest.skip(f"processes are started by {context}")
    with timeline._managed(case) as (server, numbers, _):
        try:
            before = counted(server, numbers)
        except (FileNotFoundError, PermissionError):
            pytest.skip("the system does not count reads and writes")
        for _ in range(case.calls):
            numbers[0]
        after = counted(server, numbers)
    for who, notes in record["shapes"][side].items():
        for kind, name in [("read", "syscr"), ("write", "syscw")]:
            made = after[who][name] - before[who][name]
            expected = case.calls * sum(note[0] == kind for note in notes)
            # To read /proc is also to read.
            assert expected <= made <= expected + 20


def test_record_has_all_that_is_shown(record):
    assert record["command"] == "python -m compare parts --record"
    for side in SIDES:
        found = record["places"]["pinned"][side]
        assert len(found["call"]) == len(found["parts"]) == 1
        assert set(found["parts"][0]) == set(timeline.PARTS)
        assert all(found["parts"][0][part] for part in timeline.PARTS)
    text = parts.plain(json.loads(json.dumps(record)))
    for part in (*timeline.PARTS, "remainder", "one call", "read calls"):
        assert part in text
    assert all(len(line) <= 110 for line in text.splitlines()[:-3])


def test_failure_is_told(monkeypatch, capsys):
    with pytest.raises(RuntimeError, match="minimp, pinned: (?s:.*)nowhere"):
        parts.measure("minimp", "pinned", "nowhere")
    monkeypatch.setattr(parts, "TIMEOUT", 0.01)
    assert verbs.main(["parts", "--rounds", "1"]) == 1
    assert "parts: cpython, pinned: it took too long" in capsys.readouterr().err


@pytest.fixture
def made_up():
    """Return a record of three rounds, as from a file."""

    def side(length):
        each = dict.fromkeys(timeline.PARTS, length)
        faster, slower = (dict.fromkeys(each, length + d) for d in (-500, 500))
        rounds = [dict.fromkeys(each, 99_000), slower, faster]
        looked = {pace: {"call": 9_000, "processor": 8_000} for pace in parts.PACES}
        waits = {str(wait): looked for wait in timeline.PATIENCE}
        return {"call": [13_000, 11_000, 30_000], "parts": rounds, "patience": waits}

    shape = {"client": [["dumps"], ["write", 54, 54]], "server": [["write", 30, 30]]}
    places = {"pinned": {"cpython": side(2_000), "minimp": side(1_000)}}
    head = dict.fromkeys(["machine", "python", "date", "command"], "some")
    shapes = {"cpython": shape, "minimp": shape}
    return head | {"rounds": 3, "calls": 9, "shapes": shapes, "places": places}


def test_whole_is_what_the_faster_rounds_say(made_up):
    one = parts.whole(made_up["places"]["pinned"]["cpython"])
    assert (one.call, one.slowest) == (12_000, 30_000)
    assert one.parts == dict.fromkeys(timeline.PARTS, 2_000) | {"remainder": 2_000}


def test_rows_and_bars(made_up, monkeypatch):
    wholes = {k: parts.whole(v) for k, v in made_up["places"]["pinned"].items()}
    head, first, *_, rest, call, slowest = parts.rows("pinned", wholes)
    assert head == ["both processes on one core", "CPython, µs", "minimp, µs"]
    assert first == ["1 pickling", "2.0", "1.0"]
    assert rest == ["remainder", "2.0", "7.0"]
    assert call == ["one call", "12.0", "12.0"]
    assert slowest == ["slowest round", "30.0", "30.0"]
    monkeypatch.setattr(parts, "WIDTH", 12)
    assert parts._bars(wholes) == {"cpython": "1122334455", "minimp": "12345"}


def test_picture_is_told_in_words(made_up):
    rounds = made_up["places"]["pinned"]["cpython"]
    drawn = parts.picture({"cpython": parts.whole(rounds)})
    share = ", ".join(f"{part} 17%" for part in timeline.PARTS)
    assert f'aria-label="CPython, 12.0 µs: {share}"' in drawn
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', drawn)]
    assert widths == [60.0] * 6 and "\n" not in drawn
    assert re.findall(r">(\d)</text>", drawn) == list("12345")


def test_what_is_too_much_has_no_width():
    over = dict.fromkeys(timeline.PARTS, 2_000) | {"remainder": -1_000}
    drawn = parts.picture({"minimp": parts.Whole(9_000, 9_000, over)})
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', drawn)]
    assert widths == [72.0] * 5 + [0.0]


def test_narrow_segment_has_no_number(made_up):
    narrow = dict.fromkeys(timeline.PARTS, 100) | {"remainder": 0, "Python": 9_000}
    drawn = parts.picture({"minimp": parts.Whole(9_400, 9_400, narrow)})
    assert re.findall(r">(\d)</text>", drawn) == ["5"]


def test_tables_of_patience(made_up):
    head, *rows = parts.patient_rows(made_up, "busy")
    assert head[0] == "one call after the other"
    assert head[1:] == [
        "call, at once",
        "call, 100 µs",
        "processor, at once",
        "processor, 100 µs",
    ]
    assert rows == [
        ["pinned, CPython", "9.0", "9.0", "8.0", "8.0"],
        ["pinned, minimp", "9.0", "9.0", "8.0", "8.0"],
    ]


def test_record_is_kept_and_shown(made_up, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(parts, "RECORD", tmp_path / "parts.json")
    monkeypatch.setattr(parts, "measured", lambda rounds, calls: made_up)
    assert verbs.main(["parts"]) == 0
    assert not parts.RECORD.exists()
    assert verbs.main(["parts", "--record"]) == 0
    assert parts.load() == made_up
    recorded = capsys.readouterr().out
    monkeypatch.setattr(parts, "measured", None)
    assert verbs.main(["parts", "--show"]) == 0
    assert capsys.readouterr().out in recorded


def test_what_the_page_says_of_the_record():
    """Measure again, or say something else, when it fails for a new record."""
    places = parts.load()["places"]
    patient = str(max(timeline.PATIENCE))
    for side in SIDES:
        pinned, apart = places["pinned"][side], places["apart"][side]
        waking = [parts.whole(one).parts["wake-ups"] for one in (apart, pinned)]
        assert waking[0] > 2 * waking[1]
        busy = {place: places[place][side]["patience"] for place in places}
        for what in ("call", "processor"):
            looking, waiting = (busy["apart"][n]["busy"][what] for n in (patient, "0"))
            assert looking < (waiting / 1.9 if what == "call" else waiting)
            assert busy["pinned"][patient]["busy"][what] > 100_000
        for place in places:
            pausing = {wait: busy[place][wait]["pausing"] for wait in busy[place]}
            assert pausing[patient]["processor"] > pausing["0"]["processor"] + 50_000


def test_parts_add_up_to_the_call():
    """In the record: what they differ by is small where nobody else decides."""
    for side in SIDES:
        one = parts.whole(parts.load()["places"]["pinned"][side])
        assert abs(one.parts["remainder"]) < one.call / 10


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
def test_no_other_system_call_is_made(side, tmp_path):
    """As strace sees it: what 200 calls add to 100 is reads and writes alone."""
    made = [_traced(side, calls, tmp_path / f"{calls}") for calls in (100, 300)]
    more = {name: made[1][name] - made[0].get(name, 0) for name in made[1]}
    # Rounded: on a busy machine, beginning and end take a few more or less.
    one_call = {name: round(n / 200) for name, n in more.items() if n >= 100}
    assert one_call == {"read": {"cpython": 4, "minimp": 2}[side], "write": 2}, more


def _traced(side, calls, output):
    code = (
        "from compare import timeline as t; import multiprocessing as mp\n"
        "mp.set_start_method('fork')\n"
        f"case = t.Case({side!r}, t.cores('free')[1], 0)\n"
        "with t._managed(case) as m:\n"
        f"    for _ in range({calls}): m[1][0]\n"
    )
    strace = ["strace", "-f", "-c", "-U", "calls,name", "-o", str(output)]
    ran = subprocess.run(
        [*strace, sys.executable, "-P", "-c", code],
        env=os.environ | {"PYTHONPATH": str(source.ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if ran.returncode:
        pytest.skip(f"strace may not trace: {ran.stderr[-200:]}")
    found = re.findall(r"^ *(\d+) +(\w+)$", output.read_text(), re.MULTILINE)
    return {name: int(number) for number, name in found if name != "total"}
