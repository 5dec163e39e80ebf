"""Wrong: the deque's own `+=` returns the deque, and that comes as a copy."""

from collections import deque

from solution import BaseDequeProxy, DequeManager

METHODS = (*BaseDequeProxy._exposed_, "__iadd__")
DequeManager.register("deque", deque, exposed=METHODS)
