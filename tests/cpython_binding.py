"""What the modules that bind CPython's own tests to minimp have in common.

Nothing of CPython's is copied: its test classes are subclassed at run time, and
what they reach for in `multiprocessing` is redirected to minimp.
"""

import functools
import multiprocessing
import unittest
from unittest import mock

import pytest

suite = pytest.importorskip(
    "test._test_multiprocessing", reason="no package `test` in this interpreter"
)


# What the assertion says of a test that passed without minimp.
UNTOUCHED = "it never reached minimp"


class Redirected:
    """The module `multiprocessing`, but for the names that are given."""

    def __init__(self, **names):
        vars(self).update(names)

    def __getattr__(self, name):
        return getattr(multiprocessing, name)


class Counted:
    """Count how often a class is initialized, or a function called."""

    def __init__(self, owner, name="__init__"):
        self.owner = owner
        self.name = name
        self.made = 0

    def patch(self):
        original = getattr(self.owner, self.name)

        @functools.wraps(original)
        def counting(*args, **kwargs):
            self.made += 1
            return original(*args, **kwargs)

        return mock.patch.object(self.owner, self.name, counting)


class Bound:
    """The first base of a bound class, so that its setUp comes first.

    While a test runs, `method` is the start method, and what `redirect` says
    stands in the place of CPython's. A test that calls none of `ours` would
    prove nothing; one that calls `theirs` has met CPython, which only those
    may that `meets_cpython` names, as class or class.test. A test that skips itself
    has to be left out by name.
    """

    meets_cpython = frozenset()

    def setUp(self):
        before = multiprocessing.get_start_method(allow_none=True)
        multiprocessing.set_start_method(self.method, force=True)
        self.addCleanup(multiprocessing.set_start_method, before, force=True)
        self.counted_ours = [Counted(*of) for of in self.ours]
        self.counted_theirs = [Counted(*of) for of in self.theirs]
        for counted in self.counted_ours + self.counted_theirs:
            self.enterContext(counted.patch())
        for patch in self.redirect():
            self.enterContext(patch)
        self.prepare()
        super().setUp()

    def prepare(self):
        """Make what CPython's setUp needs already."""

    def tearDown(self):
        super().tearDown()
        made = sum(counted.made for counted in self.counted_ours)
        self.assertGreater(made, 0, UNTOUCHED)
        names = {self.upstream, f"{self.upstream}.{self._testMethodName}"}
        met = {f"{c.owner}.{c.name}" for c in self.counted_theirs if c.made}
        if names & self.meets_cpython:
            self.assertTrue(met, "need not be named in meets_cpython")
        else:
            self.assertFalse(met)

    def skipTest(self, reason):
        self.fail(f"to be left out, then: {reason}")


def bind(base, kind, method, *, slow=(), without=None, **body):
    """Return a class for each test of CPython's class `base`.

    `kind` is a tuple of the bases that stand before it. `slow` holds names of
    tests; `without` maps those that are left out, as class.test, to the reason.
    """
    upstream = base.__name__
    without = without or {}
    body |= {"upstream": upstream, "method": method, "pytestmark": []}
    body["left_out"] = {
        test: why for test, why in without.items() if test.startswith(f"{upstream}.")
    }
    if method != "fork":
        body["pytestmark"] = [pytest.mark.slow]
    for name in tests_of(base):
        if f"{upstream}.{name}" in without:
            body[name] = None
        elif name in slow:
            body[name] = _marked_slow(getattr(base, name))
    plain = () if issubclass(base, unittest.TestCase) else (unittest.TestCase,)
    name = method.capitalize() + upstream.lstrip("_")
    return type(name, (*kind, base, *plain), body)


def tests_of(cls):
    return [
        name
        for name in dir(cls)
        if name.startswith("test") and callable(getattr(cls, name))
    ]


def _marked_slow(test):
    @functools.wraps(test)
    def run(self):
        return test(self)

    return pytest.mark.slow(run)


def check_nothing_is_missing(classes, without=()):
    """Bound or not, a class without tests would pass and prove nothing."""
    for cls in classes:
        bound = set(tests_of(cls))
        assert bound
        missing = set(tests_of(getattr(suite, cls.upstream))) - bound
        assert {f"{cls.upstream}.{name}" for name in missing} <= set(without)


def in_spawned_child():
    """Return whether this import is for a child that is being spawned.

    Its tests run in the parent; but what they send here has to find minimp too.
    """
    return getattr(multiprocessing.current_process(), "_inheriting", False)
