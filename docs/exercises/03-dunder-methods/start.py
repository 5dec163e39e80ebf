"""A shared deque that can be used like a deque."""

from collections import deque

from minimp import SyncManager


class DequeManager(SyncManager):
    """A manager that can make a `deque`."""


DequeManager.register("deque", deque)
