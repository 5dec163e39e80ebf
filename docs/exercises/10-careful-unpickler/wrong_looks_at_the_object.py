"""Wrong: it looks at what came out, when all that the pickle says has been done."""

import os
import pickle

from minimp.connection import Connection


class CarefulConnection(Connection):
    def __init__(self, connection, listed):
        super().__init__(os.dup(connection.fileno()))
        connection.close()
        self.listed = listed

    def recv(self):
        obj = super().recv()
        kind = type(obj)
        if kind.__module__ != "builtins":
            if (kind.__module__, kind.__qualname__) not in self.listed:
                raise pickle.UnpicklingError(
                    f"{kind.__module__}.{kind.__qualname__} is not listed"
                )
        return obj
