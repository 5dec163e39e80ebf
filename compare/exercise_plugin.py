"""What an exercise's checks need of pytest: the fixture `answer`, and a report.

`answer` is the module of the learner. Each check runs once for each file that is to be
tried; behind the first failure of a file its other checks are left out. What happens is
written into a pipe, a line of JSON each, until ["done"]:

    ["checks", [name, ...]]           all checks, in order
    ["begun", file, name]             a check of the file with this index begins
    ["passed", file, name]
    ["failed", file, name, {...}]     with what `_told` returns
    ["left", file, [name, ...]]       processes that were still there at its end
"""

import importlib.util
import json
import multiprocessing
import os
import sys
import textwrap
import time
import traceback
from pathlib import Path

import pytest

from compare.checks import ORDERS, NotMet

GRACE = 1  # seconds that the processes may take to end

_failed = set()  # indexes of files of which a check has failed


def pytest_generate_tests(metafunc):
    """Run each check for each file; all checks of a file, then the next file."""
    if "answer" in metafunc.fixturenames:
        count = range(len(_orders()[1]))
        ids = [f"file{index}" for index in count]
        metafunc.parametrize("answer", count, indirect=True, ids=ids, scope="session")


def pytest_collection_modifyitems(items):
    """Tell the names of the checks, in the order in which they stand in the file."""
    for item in items:
        if _file(item) is None:
            pytest.exit(f"{item.name} has no argument `answer`", 2)
    items.sort(key=_file)  # a stable sort: the checks of a file stay in order
    names = [item.name for item in items if _file(item) == 0]
    _tell("checks", [_plain(name) for name in names])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if _file(item) in _failed:
        pytest.skip("an earlier check has failed")
    _tell("begun", _file(item), _plain(item.name))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and _file(item) not in _failed:
        _failed.add(_file(item))
        told = _told(call.excinfo.value, report)
        _tell("failed", _file(item), _plain(item.name), told)
    elif report.when == "teardown" and _file(item) not in _failed:
        _tell("passed", _file(item), _plain(item.name))


def pytest_unconfigure():
    sys.stdout.flush()  # it is killed soon
    _tell("done")


@pytest.fixture(scope="session")
def answer(request):
    """The module of the learner, freshly loaded, with its folder on sys.path.

    So is what it imports from there: a wrong answer may change its `solution`.
    """
    path, before = Path(_orders()[1][request.param]), set(sys.modules)
    sys.path.insert(0, str(path.parent))  # also for processes that are spawned
    try:
        yield _load(path)
    finally:
        sys.path.remove(str(path.parent))
        _forget(path, before)
        if left := _end_processes():
            _tell("left", request.param, left)


class NotLoaded(Exception):
    """The learner's file could not be loaded; its cause says why."""


def _load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # also a SystemExit, which would confuse pytest
        raise NotLoaded from error
    return module


def _forget(path, before):
    """Forget the answer, and the modules of its folder that were not there before."""
    sys.modules.pop(path.stem, None)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).parent == path.parent:
            del sys.modules[name]


def _end_processes():
    """End the processes that the checks have left; return their names."""
    deadline = time.monotonic() + GRACE
    for process in multiprocessing.active_children():
        process.join(max(0, deadline - time.monotonic()))
    left = multiprocessing.active_children()
    for process in left:
        process.kill()
        process.join()
    return [process.name for process in left]


def _told(error, report):
    """Return what is to be known of a failure, a dict that JSON can take.

    `met` are the words of a NotMet; `error` is the last line that Python would print,
    `story` all of it; `code` are the lines with the mark below a syntax error.
    """
    met, code, loaded = (), "", not isinstance(error, NotLoaded)
    error = error if loaded else error.__cause__
    *before, last = traceback.format_exception_only(error)
    story = "".join(traceback.format_exception(error))
    if isinstance(error, NotMet):
        met, story = (error.what, error.expected, error.came), error.stack
    elif isinstance(error, SyntaxError):
        code = textwrap.dedent("".join(before[1:])).rstrip()
    return {
        "loaded": loaded,
        "met": met,
        "kind": type(error).__name__,
        "error": last.strip(),
        "code": code,
        "story": story,
        "output": report.capstdout + report.capstderr,
    }


def _file(item):
    """Return the index of the file that an item tries; None if it tries none."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("answer") if callspec else None


def _plain(name):
    """Return a check's name without the file's index."""
    name, _, rest = name.partition("[")
    rest = rest.rstrip("]").split("-")
    case = "-".join(word for word in rest if word and not word.startswith("file"))
    return f"{name}[{case}]" if case else name


def _orders():
    return json.loads(os.environ[ORDERS])


def _tell(*what):
    os.write(_orders()[0], (json.dumps(what) + "\n").encode())
