"""Of each exercise, the stub fails, the solution passes, and wrong answers fail."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from compare import exercises
from compare.exercises import ladder

FOUR = 4  # exercises at a time: they wait more than they compute
KNOWN = [exercise.folder.name for exercise in ladder.load()]
PARTS = ("I  Shared memory", "II  A server process")


@pytest.fixture(scope="session")
def proven():
    """Return {folder's name: what is wrong with the exercise}: each is run once."""
    known = ladder.load()
    with ThreadPoolExecutor(FOUR) as pool:
        found = pool.map(lambda exercise: list(exercises.prove(exercise)), known)
        return dict(zip(KNOWN, found, strict=True))


@pytest.mark.parametrize("name", KNOWN)
def test_exercise_is_complete(proven, name):
    assert proven[name] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_solution_passes_twenty_times_in_a_row(name):
    assert list(exercises.prove(ladder.find(name), times=20)) == []


def test_each_exercise_has_a_number_and_a_name_of_its_own():
    known = ladder.load()
    assert len({exercise.number for exercise in known}) == len(known) > 0
    assert len({exercise.name for exercise in known}) == len(known)


def chapters():
    """The chapters of parts I and II, as the table of contents has them."""
    index = (ladder.FOLDER.parent / "index.md").read_text("utf-8")
    for part in PARTS:
        names = index.partition(f":caption: {part}\n")[2].partition("```")[0]
        yield from (line for line in names.split() if line.startswith("chapters/"))


def test_each_chapter_ends_with_its_exercises():
    found = list(chapters())
    assert len(found) > 12
    named = {chapter for exercise in ladder.load() for chapter in exercise.chapters}
    assert sorted(set(found) - named) == []
    for chapter in found:
        text = (ladder.FOLDER.parent / f"{chapter}.md").read_text("utf-8")
        assert text.endswith("\n:::{exercises}\n:::\n"), chapter
