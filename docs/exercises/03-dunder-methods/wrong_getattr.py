"""Wrong: Python looks for `__len__` in the class, and asks no `__getattr__` for it."""

from collections import deque

from minimp import BaseProxy
from solution import BaseDequeProxy, DequeManager


class DequeProxy(BaseProxy):
    """A proxy of a deque, which sends whatever name it is asked for."""

    _exposed_ = (*BaseDequeProxy._exposed_, "__iadd__")

    def __getattr__(self, name):
        if name not in self._exposed_:
            raise AttributeError(name)
        return lambda *args: self._callmethod(name, args)


DequeManager.register("deque", deque, DequeProxy)
