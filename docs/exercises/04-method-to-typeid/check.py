import contextlib
import multiprocessing

import pytest

from compare.checks import expect, within
from minimp import Pipe

fork = multiprocessing.get_context("fork")


@pytest.fixture
def settings(answer):
    """Shared settings, which are empty."""
    with answer.SettingsManager(ctx=fork) as manager:
        yield manager.Settings()


def section(settings, *path):
    """Return the section that a path leads to; a new proxy, each time."""
    for name in path:
        settings = within(2, settings.section, name)
    return settings


def set_font_size(connection):
    """Change a section of the section that comes in a message; run by a child."""
    connection.recv().section("font").set("size", 12)


@contextlib.contextmanager
def child_that_sets_the_font_size():
    """Yield a connection to it."""
    here, there = Pipe()
    child = fork.Process(target=set_font_size, args=(there,))
    child.start()
    try:
        yield here
        child.join(2)
        expect("exit code of the process that got the section", child.exitcode, 0)
    finally:
        child.kill()
        child.join()


def test_1_section_is_shared(settings):
    within(2, section(settings, "screen").set, "width", 80)
    came = within(2, section(settings, "screen").get, "width")
    expect("width in the section that is asked for again", came, 80)


def test_1_sections_are_different(settings):
    within(2, section(settings, "screen").set, "width", 80)
    came = within(2, section(settings, "printer").get, "width")
    expect("width in another section", came, None)


def test_2_sections_of_sections(settings):
    path = "screen", "font", "bold"
    within(2, section(settings, *path).set, "size", 12)
    came = within(2, section(settings, *path).get, "size")
    expect("size in a section of a section of a section", came, 12)


def test_3_in_another_process(settings):
    screen = section(settings, "screen")  # keeps the section until it has arrived
    with child_that_sets_the_font_size() as connection:
        connection.send(screen)
    came = within(2, section(settings, "screen", "font").get, "size")
    expect("size that another process has set in a section of a section", came, 12)
