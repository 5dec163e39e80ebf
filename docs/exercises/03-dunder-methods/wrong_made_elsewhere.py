"""Wrong: the type says that it stands in minimp.managers, where nobody finds it."""

from collections import deque

from minimp.managers import MakeProxyType
from solution import BaseDequeProxy, DequeManager

DequeProxy = MakeProxyType("DequeProxy", BaseDequeProxy._exposed_)


def extend_in_place(proxy, items):
    proxy.extend(items)
    return proxy


DequeProxy.__iadd__ = extend_in_place
DequeManager.register("deque", deque, DequeProxy)
