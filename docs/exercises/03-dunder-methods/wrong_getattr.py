"""Wrong: Python looks for `__len__` in the class, and asks no `__getattr__` for it."""

from collections import deque

from minimp import BaseProxy, SyncManager

METHODS = (
    "__contains__ __delitem__ __getitem__ __iadd__ __len__ __setitem__"
    " append appendleft clear copy count extend extendleft index insert"
    " pop popleft remove reverse rotate"
).split()


class DequeProxy(BaseProxy):
    """A proxy of a deque, which sends whatever name it is asked for."""

    _exposed_ = tuple(METHODS)

    def __getattr__(self, name):
        if name not in METHODS:
            raise AttributeError(name)
        return lambda *args: self._callmethod(name, args)


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register("deque", deque, DequeProxy)
