"""Wrong: whoever names what is exposed names all of it; `append` has gone."""

from collections import deque

from minimp import SyncManager


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register(
    "deque",
    deque,
    exposed="__contains__ __delitem__ __getitem__ __iadd__ __len__ __setitem__".split(),
)
