"""A solution: a call with a limit has a connection of its own, which ends with it."""

from minimp import BaseProxy, Client
from minimp.managers import RETURN, convert_to_error


class PatientProxy(BaseProxy):
    """A proxy with a `call` that has a limit of time."""

    def call(self, seconds, methodname, *args):
        """Return what the method of the referent returns, or raise what it raises.

        Raises TimeoutError if there is no reply in `seconds`.
        """
        with Client(self._token.address, authkey=self._authkey) as conn:
            conn.send((self._id, methodname, args, {}))
            if not conn.poll(seconds):
                raise TimeoutError(f"no reply in {seconds} seconds")
            kind, result = conn.recv()
        if kind == RETURN:
            return result
        raise convert_to_error(kind, result)
