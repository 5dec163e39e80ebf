"""A cluster without workers."""

import contextlib


@contextlib.contextmanager
def LocalCluster(n_workers, threads_per_worker):
    yield "a cluster"


class Client:
    def __init__(self, address):
        self._address = address

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self._address = None

    def submit(self, func, *args):
        assert self._address
        return _Future(func(*map(_value, args)))

    def map(self, func, *iterables):
        return [self.submit(func, *args) for args in zip(*iterables, strict=True)]


class _Future:
    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value


def _value(arg):
    """Return an argument with values in place of futures, also in a list."""
    if isinstance(arg, list):
        return [_value(one) for one in arg]
    return arg.result() if isinstance(arg, _Future) else arg
