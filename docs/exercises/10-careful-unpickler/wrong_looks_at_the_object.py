"""Wrong: it looks at what came out, when all that the pickle says has been done."""

import pickle

import solution
from minimp.connection import Connection


class CarefulConnection(solution.CarefulConnection):
    def recv(self):
        obj = Connection.recv(self)
        kind = type(obj)
        if kind.__module__ != "builtins":
            if (kind.__module__, kind.__qualname__) not in self.listed:
                raise pickle.UnpicklingError(
                    f"{kind.__module__}.{kind.__qualname__} is not listed"
                )
        return obj
