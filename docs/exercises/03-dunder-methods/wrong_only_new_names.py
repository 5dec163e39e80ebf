"""Wrong: whoever names what is exposed names all of it; `append` has gone."""

from collections import deque

from solution import DequeManager

METHODS = "__contains__ __delitem__ __getitem__ __iadd__ __len__ __setitem__".split()
DequeManager.register("deque", deque, exposed=METHODS)
