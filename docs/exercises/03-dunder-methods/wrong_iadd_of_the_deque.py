"""Wrong: the deque's own `+=` returns the deque, and that comes as a copy."""

from collections import deque

from minimp import SyncManager


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register(
    "deque",
    deque,
    exposed=(
        "__contains__ __delitem__ __getitem__ __iadd__ __len__ __setitem__"
        " append appendleft clear copy count extend extendleft index insert"
        " pop popleft remove reverse rotate"
    ).split(),
)
