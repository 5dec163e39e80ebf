"""What pages show of programs runs before they are read, each once."""

import sys
import types
from pathlib import Path

import pytest

pytest.importorskip("sphinx")

from docs._ext import ahead

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = """
:::{transcript} one
:::

::::{transcript} one
:source:
:method: spawn
::::

Here is {computed}`_ext.figures.no.such`, and:

:::{lanes}
:from: _ext.figures.some.marked
:::

:::{computed} _ext.figures.some.unmarked
:::
"""


@pytest.fixture
def figures(monkeypatch):
    """Figures by name, of which one is marked; they note that they were called."""
    called = []

    def marked():
        called.append("marked")

    def unmarked():
        called.append("unmarked")

    marked.ahead = True
    known = {f"_ext.figures.some.{f.__name__}": f for f in (marked, unmarked)}

    def resolve(dotted):
        return known[dotted]  # KeyError is a LookupError

    monkeypatch.setattr(ahead, "resolve", resolve)
    return types.SimpleNamespace(marked=marked, called=called)


def test_what_a_page_wants(figures):
    assert list(ahead.wanted(PAGE)) == [
        (ahead.runs_of, "one", "fork"),
        (ahead.runs_of, "one", "spawn"),
        (figures.marked,),
    ]


def test_each_call_is_made_once_and_may_fail(figures, monkeypatch, tmp_path):
    def runs_of(program, method):
        figures.called.append((program, method))
        raise LookupError(program)

    monkeypatch.setattr(ahead, "runs_of", runs_of)
    for name in "ab":
        tmp_path.joinpath(name).write_text(PAGE, "utf-8")
    env = types.SimpleNamespace(doc2path=tmp_path.joinpath)
    ahead.run(None, env, ["a", "b"])
    expected = {"marked", ("one", "fork"), ("one", "spawn")}
    assert len(figures.called) == 3 and set(figures.called) == expected


def test_all_transcripts_and_figures_of_the_chapters_are_seen(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(DOCS)])
    texts = [path.read_text("utf-8") for path in DOCS.glob("chapters/*.md")]
    calls = [call for text in texts for call in ahead.wanted(text)]
    programs = [call for call in calls if call[0] is ahead.runs_of]
    assert len(programs) == sum(text.count("{transcript}") for text in texts)
    assert all(function.ahead for function, *rest in calls if not rest)
    assert len(calls) > len(programs) + 10
