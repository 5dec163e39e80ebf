"""The record has what the code measures, and what is drawn of it is what it says."""

import json
import re
from xml.etree import ElementTree

import pytest

from compare import __main__ as verbs
from compare import probe
from compare.bench import growth, measuring, plots, record, table
from compare.bench.operations import LIMIT, OPERATIONS, PEERS

SVG = "{http://www.w3.org/2000/svg}"


def curve(name="payload"):
    return growth.named(name)


@pytest.fixture
def points():
    """A curve: CPython grows with n, minimp does not."""
    return {
        n: measuring.Figures(
            curve().at(n), {"cpython": [n * 1e-6], "minimp": [3e-5], LIMIT: [1e-6]}
        )
        for n in (10, 1_000, 100_000)
    }


@pytest.fixture
def tables():
    def figures(name, cpython):
        seconds = {"cpython": cpython, "minimp": [2e-6] * 5}
        return measuring.Figures(measuring.named(name), seconds)

    same = figures("value", [2e-6] * 5)
    faster = figures("new", [6e-5, 2e-5, 2e-4, 6e-5, 1e-4])
    return {"pinned": [same, faster], "free": [same]}


# --- the record


def test_record_has_each_operation_and_point_with_each_side():
    told = json.loads(record.FILE.read_text("utf-8"))
    expected = {(one.name, place): one for one, place, _ in record.steps()}
    kept = {
        (name, place): entry
        for place, entries in told["measured"].items()
        for name, entry in entries.items()
    }
    assert kept.keys() == expected.keys()
    for key, one in expected.items():
        assert kept[key]["statement"] == one.work.statement
        assert kept[key]["seconds"].keys() == one.sides(PEERS).keys()


def test_record_has_each_round():
    loaded = record.load()
    for figures in [one for rows in loaded.tables.values() for one in rows]:
        assert {len(each) for each in figures.seconds.values()} == {measuring.ROUNDS}
    assert loaded.curves.keys() == {one.name for one in growth.CURVES}
    for points in loaded.curves.values():
        for figures in points.values():
            assert {len(each) for each in figures.seconds.values()} == {growth.ROUNDS}


def test_record_says_where_it_was_measured():
    where = record.load().where
    assert where["peers"].keys() == PEERS.keys()
    for word in ("date", "command", "machine", "python", "load"):
        assert str(where[word]) in record.about()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", where["date"])


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Records into another file, without measuring; returns what was asked for."""
    asked = []

    def measure(operation, place, rounds, python, peers, until):
        asked.append((operation.name, place, rounds))
        seconds = {side: [1.23456e-6] * rounds for side in operation.sides(peers)}
        return measuring.Figures(operation, seconds)

    there = measuring.Interpreter("3.99.0", dict.fromkeys(PEERS, "1.0"))
    monkeypatch.setattr(record, "interpreter", lambda python: there)
    monkeypatch.setattr(record, "measure", measure)
    monkeypatch.setattr(record, "FILE", tmp_path / "bench.json")
    return asked


def test_record_is_read_as_it_was_written(measured, capsys):
    assert verbs.main(["bench", "--record"]) == 0
    assert "bench.json was written" in capsys.readouterr().out
    assert measured == [(one.name, *rest) for one, *rest in record.steps()]
    loaded = record.load()
    assert loaded.where["python"] == "CPython 3.99.0"
    for points in loaded.curves.values():
        for one in points.values():
            assert set(one.seconds["minimp"]) == {1.235e-6}


def test_statement_that_changed_is_told(measured, monkeypatch):
    record.make("python", print)
    first = OPERATIONS[0]
    changed = first._replace(work=first.work._replace(statement="pass"))
    monkeypatch.setattr(record, "OPERATIONS", [changed, *OPERATIONS[1:]])
    with pytest.raises(
        LookupError, match=r"^value, pinned: not in the record; .*bench"
    ):
        record.load()


def test_record_without_a_peer_is_refused(measured, monkeypatch, capsys):
    there = measuring.Interpreter("3.99.0", {"rpyc": "1.0"})
    monkeypatch.setattr(record, "interpreter", lambda python: there)
    assert verbs.main(["bench", "--record"]) == 2
    assert "not installed: multiprocess, Pyro5 (extra" in capsys.readouterr().err
    assert not measured and not record.FILE.exists()


def test_operation_that_fails_once_is_measured_again(measured, monkeypatch):
    failing, measure = [True], record.measure

    def fails_once(*args):
        if failing.pop() if failing else False:
            raise RuntimeError("value, minimp, free: it took too long")
        return measure(*args)

    monkeypatch.setattr(record, "measure", fails_once)
    record.make("python", print)
    assert record.load().curves


def test_record_that_takes_too_long_leaves_the_old_one(measured, monkeypatch, capsys):
    record.FILE.write_text("old")

    def fails(*args):
        raise RuntimeError("value, minimp, free: it took too long")

    monkeypatch.setattr(record, "measure", fails)
    monkeypatch.setattr(record, "TIME", 0)
    assert verbs.main(["bench", "--record"]) == 1
    assert "did not end within 0 seconds" in capsys.readouterr().err
    assert record.FILE.read_text() == "old"


@pytest.mark.parametrize("more", [["value"], ["--pinned"], ["--rounds", "3"]])
def test_record_is_always_of_everything(measured, more, capsys):
    assert verbs.main(["bench", "--record", *more]) == 2
    assert "everything" in capsys.readouterr().err
    assert not measured


def test_time_of_a_record_is_the_limit_of_each_operation():
    value = measuring.named("value")
    with pytest.raises(RuntimeError, match="value, cpython, free: it took too long"):
        measuring.measure(value, "free", 1, until=0)


# --- what the site shows


def test_tables_of_the_site_have_a_row_for_each_operation():
    for place, text in {"pinned": record.pinned(), "free": record.free()}.items():
        head, _, *rows = [line for line in text.split("\n") if line.startswith("|")]
        assert all(peer in head for peer in PEERS)
        assert {row.count("|") for row in rows} == {head.count("|")}
        assert [row.split("|")[1].strip(" `") for row in rows] == [
            one.name for one in OPERATIONS if place in one.places
        ]


def test_site_has_a_picture_and_a_table_for_each_curve():
    text = record.curves()
    for one in growth.CURVES:
        assert text.count(f'id="{one.name}-title"') == 1
        assert f"<summary>{one.title}" in text
    assert text.count("Dashed: ") == text.count('class="side-limit"><path') == 3
    assert "\n\n" not in text.partition("</div>")[0]  # Markdown would end it there


def test_peers_are_named_with_version_and_setting():
    lines = record.peers().split("\n")
    assert len(lines) == len(PEERS)
    for line, (peer, about) in zip(lines, PEERS.items(), strict=True):
        assert line.startswith(f"- {peer} ") and about.how in line


# --- plots


@pytest.mark.parametrize("one", growth.CURVES, ids=lambda one: one.name)
def test_points_are_operations(one):
    for n, operation in zip(one.points, one.operations, strict=True):
        assert measuring.named(f"{one.name}:{n}").work.title == operation.work.title
        sides = operation.sides(PEERS)
        assert [*sides][:2] == [*probe.MODULES]
        assert set(sides) - {LIMIT} == {*probe.MODULES, *one.peers}


def test_axis_is_logarithmic():
    across = plots.Axis(1, 10_000, 0, 100)
    assert [across(n) for n in (1, 10, 100, 10_000)] == pytest.approx([0, 25, 50, 100])
    assert across.ticks() == [1, 10, 100, 1_000, 10_000]
    assert across.ticks(most=3) == [1, 100, 10_000]
    assert plots.Axis(0.9, 25, 0, 100).ticks() == [1, 2, 5, 10, 20]


def test_flat_curve_looks_flat():
    around = plots.axis([3e-6, 3.1e-6], 0, 100)
    assert around.high / around.low > 9
    assert 40 < around(3e-6) < around(3.1e-6) < 60


def test_curve_for_a_terminal(points):
    title, *field, _, ticks, keys = plots.text(curve(), points).split("\n")
    assert title == "Call that sends n bytes"
    assert len(field) == plots.LINES
    assert all(len(line) <= 80 for line in [*field, ticks, keys])
    where = {
        letter: [
            (row, column)
            for row, line in enumerate(field)
            for column, cell in enumerate(line.partition("|")[2])
            if cell == letter
        ]
        for letter in "Cml"
    }
    assert len({row for row, _ in where["m"]}) == 1
    assert len({row for row, _ in where["C"]}) == 3
    columns = [column for _, column in sorted(where["C"])]
    assert columns == [plots.COLUMNS - 1, round((plots.COLUMNS - 1) / 2), 0]
    assert ticks.split() == ["10", "1k", "100k", "bytes"]
    assert "C CPython" in keys and "l limit" in keys


def test_ratios_for_a_terminal(tables):
    _, *rows, ticks = plots.ratios_text(tables).split("\n")
    assert [row.split()[:2] for row in rows] == [
        ["value", "pinned"],
        ["new", "pinned"],
        ["value", "free"],
    ]
    one = rows[1].index("|")
    assert rows[0][one] == "o"  # as fast
    assert re.fullmatch(r"-*o-+", rows[1][one + 1 :].strip())
    assert ticks.split() == ["1", "2", "5", "10", "20", "50"]
    assert ticks.index("1") == one


def drawn(text):
    """Parse an SVG; return the element."""
    found = ElementTree.fromstring(text.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))
    _, _, width, height = map(float, found.get("viewBox").split())
    assert width <= 360
    ids = found.get("aria-labelledby").split()
    assert [found.find(SVG + kind).get("id") for kind in ("title", "desc")] == ids
    for text in found.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height
    return found


def test_curve_as_svg(points):
    found = drawn(plots.svg(curve(), points))
    assert found.find(f"{SVG}title").text == "Call that sends n bytes"
    assert "CPython from 10.0 µs to 100 ms" in found.find(f"{SVG}desc").text
    groups = {group.get("class"): group for group in found.iter(f"{SVG}g")}
    assert groups.keys() == {"side-cpython", "side-minimp", "side-limit"}
    # Not by colour alone: marks differ, and each line has its name beside it.
    marks = {
        name: {path.get("d") for path in group.findall(f"{SVG}path")[1:]}
        for name, group in groups.items()
    }
    assert {name: len(found) for name, found in marks.items()} == {
        "side-cpython": 1,
        "side-minimp": 1,
        "side-limit": 0,
    }
    assert marks["side-cpython"] != marks["side-minimp"]
    labels = {text.get("class"): text.text for text in found.iter(f"{SVG}text")}
    assert labels["side-cpython"] == "CPython" and labels["side-limit"] == "limit"


def test_names_of_curves_do_not_overlap(points):
    together = {
        n: one._replace(seconds=dict.fromkeys([*probe.MODULES, *PEERS, LIMIT], [1e-3]))
        for n, one in points.items()
    }
    found = drawn(plots.svg(curve(), together))
    ys = [
        float(text.get("y")) for text in found.iter(f"{SVG}text") if text.get("class")
    ]
    assert len(ys) == 6
    gaps = [low - high for high, low in zip(sorted(ys), sorted(ys)[1:], strict=False)]
    assert min(gaps) >= plots.LABEL


def test_ratios_as_svg(tables):
    found = drawn(plots.ratios_svg(tables))
    dots = [group.get("class") for group in found.iter(f"{SVG}g")]
    assert dots == ["side-minimp pinned", "side-minimp free", "side-minimp pinned"]
    assert "new pinned 30" in found.find(f"{SVG}desc").text


def test_every_side_has_a_letter_and_all_but_the_limit_a_mark():
    sides = {*probe.MODULES, *PEERS, LIMIT}
    assert plots.LETTERS.keys() == sides
    assert plots.MARKS.keys() == sides - {LIMIT}
    assert len(set(plots.LETTERS.values())) == len(sides)
    assert len(set(plots.MARKS.values())) == len(sides) - 1


def test_verb_measures_a_curve(monkeypatch, capsys):
    asked = []

    def measure(operation, place, rounds, python, peers):
        asked.append((operation.name, place, rounds))
        seconds = {side: [1e-3] * rounds for side in operation.sides(peers)}
        return measuring.Figures(operation, seconds)

    monkeypatch.setattr(measuring, "measure", measure)
    assert verbs.main(["bench", "crowd"]) == 0
    assert asked == [(f"crowd:{n}", "free", growth.ROUNDS) for n in (1, 2, 4, 8, 16)]
    out = capsys.readouterr().out
    assert out.startswith("n clients at once")
    assert "Medians, on all cores." in out
    assert verbs.main(["bench", "crowd", "--markdown", "--rounds", "1"]) == 0
    assert "| clients | CPython | minimp |" in capsys.readouterr().out
    assert asked[-1] == ("crowd:16", "free", 1)


def test_table_says_which_peers_are_missing():
    one = measuring.Figures(
        measuring.named("call"),
        {side: [1e-6] for side in ("cpython", "minimp", "rpyc", LIMIT)},
    )
    there = measuring.Interpreter("3.11.7", {"rpyc": "6.0.2"})
    text = table.plain({"free": [one]}, there)
    assert text.split("\n")[0].split()[-1] == "rpyc"
    assert f"rpyc 6.0.2: {PEERS['rpyc'].how}." in text
    assert (
        "Not installed, so not measured: multiprocess, Pyro5 (extra `bench`)." in text
    )
