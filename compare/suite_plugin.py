"""What `suite` adds to pytest: each verdict is written into a pipe, a line of JSON.

A line is ["expected", how many results will come, CPython's classes that are not bound]
or ["result", ...] with the fields of a `suite.Result`. What is no test of CPython's is
not run.
"""

import json
import os
import signal
import sys

ORDERS = "COMPARE_SUITE"  # the variable: the descriptor to write to, 1 for all tests


def pytest_configure():
    # A shell has what it runs in the background ignore it; but tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Keep what is to be run; tell what is not, and why."""
    if not items:
        return  # pytest says what went wrong
    every = _orders()[1]
    bound = [item for item in items if hasattr(item.cls, "upstream")]
    bound = [item for item in bound if every or item.cls.method == "fork"]
    classes = dict.fromkeys(item.cls for item in bound)
    left_out = [(cls, *entry) for cls in classes for entry in cls.left_out.items()]
    unbound = cases() - {cls.upstream for cls in classes}
    _tell("expected", len(bound) + len(left_out), sorted(unbound))
    for cls, test, why in left_out:
        name = test.removeprefix(f"{cls.upstream}.")
        _tell("result", *_known(cls, name), "left out", why)
    items.clear()
    for item in bound:
        known = _known(item.cls, item.originalname)
        if every or not item.get_closest_marker("slow"):
            item.user_properties.append(("known", known))
            items.append(item)
        else:
            _tell("result", *known, "not run", "slow")


def pytest_runtest_logreport(report):
    """Tell the verdict of a test: of the call, and of what else did not pass."""
    if report.when == "call" or not report.passed:
        _tell("result", *dict(report.user_properties)["known"], *_verdict(report))


def cases():
    """Return the names of CPython's classes that have tests, a set."""
    binding = sys.modules["cpython_binding"]
    return {
        name
        for name, cls in vars(binding.suite).items()
        if isinstance(cls, type) and "Test" in name and binding.tests_of(cls)
    }


def _verdict(report):
    """Return (verdict, reason) of a report of pytest's."""
    if report.passed:
        return "passed", ""
    if report.skipped:
        return "left out", report.longrepr[2].removeprefix("Skipped: ")
    if sys.modules["cpython_binding"].UNTOUCHED in report.longreprtext:
        return "untouched", ""
    crash = getattr(report.longrepr, "reprcrash", None)
    return "failed", (crash.message if crash else report.longreprtext).split("\n")[0]


def _known(cls, test):
    """Return the first fields of a Result, for a test in a bound class."""
    area = sys.modules[cls.__module__].AREA
    return [area, cls.method, cls.upstream, cls.__name__, test]


def _orders():
    return [int(word) for word in os.environ[ORDERS].split()]


def _tell(*what):
    os.write(_orders()[0], (json.dumps(what) + "\n").encode())
