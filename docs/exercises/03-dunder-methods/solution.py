"""A solution: a proxy type with a name of its own, and one method written out."""

from collections import deque

from minimp import SyncManager
from minimp.managers import MakeProxyType

BaseDequeProxy = MakeProxyType(
    "BaseDequeProxy",
    (
        "__contains__ __delitem__ __getitem__ __len__ __setitem__"
        " append appendleft clear copy count extend extendleft index insert"
        " pop popleft remove reverse rotate"
    ).split(),
)


class DequeProxy(BaseDequeProxy):
    """A proxy of a deque; another process finds it by this name."""

    def __iadd__(self, items):
        self.extend(items)
        return self


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register("deque", deque, DequeProxy)
