"""Fixtures: the two implementations, and guards against what leaks.

    impl        cpython, minimp                one body, both must agree
    lock_impl   cpython, minimp, minimp-pure   the same for the locks
    start_method  fork, spawn, forkserver
    raw         a connection and its peer, a bare socket
    program     writes a program for `compare`

`--slow` runs the slow tests too, which are skipped otherwise.
"""

import gc
import os
import signal
import socket
import sys
import textwrap

import hypothesis
import leaks
import pytest
import support

hypothesis.settings.register_profile(
    "minimp", deadline=None, database=None, max_examples=50, print_blob=True
)
hypothesis.settings.load_profile("minimp")

# A thousand interpreters are started here; each would compile minimp anew, which
# takes as long as to import it: what is compiled is kept, whatever is set.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell has what it runs in the background ignore Ctrl-C, and what that starts, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run slow tests too")


@pytest.hookimpl(tryfirst=True)  # before `-m slow` chooses
def pytest_collection_modifyitems(config, items):
    for item in items:
        if starts_slowly(item):
            item.add_marker(pytest.mark.slow)
    if config.getoption("slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: use --slow"))


def starts_slowly(item):
    """Return whether a test spawns for another implementation than minimp proper.

    What a spawned child gets is what one of the fork server gets, but it takes ten
    times as long to start. So CPython, which says what is right, and the locks in
    pure Python are tried by default under the other two start methods.
    """
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    words = {value for value in values if isinstance(value, str)}
    return "spawn" in words and not words.isdisjoint(("cpython", "minimp-pure"))


def pytest_collection_finish():
    """What is here now stays; `leaks` need not go through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo:
        item.stopped_early = True


@pytest.fixture(autouse=True)
def nothing_left_behind(request):
    """Fail the test that leaves a descriptor, thread, child or name.

    A test that fails anyway is not accused: its traceback keeps its
    objects alive. Its children are ended all the same.
    """
    before = leaks.snapshot()
    yield
    request.node.funcargs.clear()  # pytest keeps the arguments longer
    failed = getattr(request.node, "stopped_early", False)
    try:
        new = [] if failed else leaks.left_behind(before)
    finally:
        leaks.end_children(before)
    if new:
        pytest.fail("left behind:\n  " + "\n  ".join(new), pytrace=False)


@pytest.fixture(params=["cpython", "minimp"], scope="module")
def impl(request):
    return support.load(request.param)


@pytest.fixture(params=["cpython", "minimp", "minimp-pure"])
def lock_impl(request, monkeypatch):
    if request.param == "minimp-pure":
        support.use_pure_python_locks(monkeypatch)
    return support.load(request.param)


@pytest.fixture(params=support.START_METHODS)
def start_method(request):
    return request.param


@pytest.fixture
def raw(connection):
    """A connection of the module `connection`, and the socket that is its peer."""
    ours, theirs = socket.socketpair()
    with connection.Connection(ours.detach()) as conn, theirs:
        theirs.settimeout(support.TIMEOUT)
        yield conn, theirs


@pytest.fixture
def program(tmp_path):
    """Return a function that writes a program and returns its path."""

    def write(text, name="program"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        return str(path)

    return write
