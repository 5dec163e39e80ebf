"""A call that waits for its reply no longer than it is told."""

from minimp import BaseProxy
from minimp.managers import RETURN, convert_to_error


class PatientProxy(BaseProxy):
    """A proxy with a `call` that has a limit of time."""

    def call(self, seconds, methodname, *args):
        """Return what the method of the referent returns, or raise what it raises.

        Raises TimeoutError if there is no reply in `seconds`.
        """
        conn = self._peer._take(self._id)  # the connection of this thread
        try:
            conn.send((self._id, methodname, args, {}))
            if not conn.poll(seconds):
                raise TimeoutError(f"no reply in {seconds} seconds")
            kind, result = conn.recv()
        finally:
            self._peer._put_back(conn)
        if kind == RETURN:
            return result
        raise convert_to_error(kind, result)
