"""Wrong: without `__contains__`, Python fetches one item after another, to compare."""

from collections import deque

import solution
from minimp.managers import MakeProxyType
from solution import BaseDequeProxy, DequeManager

METHODS = [name for name in BaseDequeProxy._exposed_ if name != "__contains__"]


class DequeProxy(MakeProxyType("BaseDequeProxy", METHODS)):
    """A proxy of a deque; another process finds it by this name."""

    __iadd__ = solution.DequeProxy.__iadd__


DequeManager.register("deque", deque, DequeProxy)
