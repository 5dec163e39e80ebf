"""As much of `ray` as docs/examples/with_ray.py uses, in this process."""

import contextlib
import types


def remote(function_or_class):
    def start(*args):
        made = function_or_class(*args)
        return _Handle(made) if isinstance(function_or_class, type) else _Ref(made)

    return types.SimpleNamespace(remote=start)


class _Ref:
    def __init__(self, value):
        self.value = value


class _Handle:
    """Has for each method an object with `remote`."""

    def __init__(self, actor):
        self._actor = actor

    def __getattr__(self, name):
        return remote(getattr(self._actor, name))


def get(object_refs):
    if isinstance(object_refs, list):
        return [get(ref) for ref in object_refs]
    return object_refs.value


@contextlib.contextmanager
def init():
    yield
