"""Wrong: it finds the class before it looks at the list, and to find it imports its
module, which runs that."""

import io
import os
import pickle

from minimp.connection import Connection


class CarefulUnpickler(pickle.Unpickler):
    def __init__(self, file, listed):
        super().__init__(file)
        self.listed = listed

    def find_class(self, module, name):
        found = super().find_class(module, name)
        if (module, name) not in self.listed:
            raise pickle.UnpicklingError(f"{module}.{name} is not listed")
        return found


class CarefulConnection(Connection):
    def __init__(self, connection, listed):
        super().__init__(os.dup(connection.fileno()))
        connection.close()
        self.listed = listed

    def recv(self):
        return CarefulUnpickler(io.BytesIO(self.recv_bytes()), self.listed).load()
