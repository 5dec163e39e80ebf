"""Wrong: the type says that it stands in minimp.managers, where nobody finds it."""

from collections import deque

from minimp import SyncManager
from minimp.managers import MakeProxyType

DequeProxy = MakeProxyType(
    "DequeProxy",
    (
        "__contains__ __delitem__ __getitem__ __len__ __setitem__"
        " append appendleft clear copy count extend extendleft index insert"
        " pop popleft remove reverse rotate"
    ).split(),
)


def extend_in_place(proxy, items):
    proxy.extend(items)
    return proxy


DequeProxy.__iadd__ = extend_in_place


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register("deque", deque, DequeProxy)
