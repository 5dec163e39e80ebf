"""The docs' machinery for exercises: what the pages of a site get of it."""

import pytest

pytest.importorskip("sphinx")

from compare import pairs
from compare.exercises import ladder, telling
from docs._ext import exercise, navigation
from docs._ext.figures import exercises as figure

SHUT = (
    '<li class="toctree-l1 has-children"><a href="i.html">The ladder</a>'
    '<input checked=""/><label></label><ul>\n<li><a href="1.html">One</a></li>\n</ul>\n'
    "</li>\n"
)


def test_branch_that_the_page_is_not_in_is_shut():
    other = '<li class="toctree-l1"><a href="o.html">Other</a></li>\n'
    tree = navigation.with_sections(SHUT + other, "")
    link = '<li class="toctree-l1"><a href="i.html">The ladder</a></li>\n'
    assert tree == link + other


def test_branch_that_the_page_is_in_stays_open():
    tree = SHUT.replace("has-children", "current has-children")
    assert navigation.with_sections(tree, "") == tree


def test_head_tells_level_chapter_symbol_and_command():
    first = ladder.load()[0]
    head = exercise.head(first)
    assert f"Exercise 1, {first.level}, about {first.minutes} minutes." in head
    assert f"{{doc}}`/{first.chapters[0]}`" in head
    assert f"{{src}}`{first.meta['symbol']}`" in head
    assert f"```sh\npython -m compare exercise {first.name}\n```" in head


def test_pair_is_linked_to_the_chapter_that_has_it(monkeypatch):
    first = ladder.load()[0]
    name = first.meta["pair"]
    left = pairs.get(name).left
    monkeypatch.setattr(pairs, "on_the_site", lambda: {left: "where"})
    assert "(#where)" in exercise.pair(first)
    monkeypatch.setattr(pairs, "on_the_site", dict)
    assert exercise.pair(first) == f"::::{{pair}} {name}\n:again:\n::::"


def test_figure_has_no_colour(monkeypatch):
    monkeypatch.setattr(telling.show, "terminal", lambda: (80, True))
    assert "\033" not in figure.stub()
