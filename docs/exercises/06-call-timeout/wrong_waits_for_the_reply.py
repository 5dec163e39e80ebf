"""Wrong: the late reply is fetched before the next call, which waits for it."""

from minimp import BaseProxy
from minimp.managers import RETURN, convert_to_error


class PatientProxy(BaseProxy):
    """A proxy with a `call` that has a limit of time."""

    _late = None  # the connection on which a reply is still to come

    def call(self, seconds, methodname, *args):
        """Return what the method of the referent returns, or raise what it raises.

        Raises TimeoutError if there is no reply in `seconds`.
        """
        self._drop_late_reply()
        conn = self._peer._take(self._id)
        try:
            conn.send((self._id, methodname, args, {}))
            if not conn.poll(seconds):
                PatientProxy._late = conn
                raise TimeoutError(f"no reply in {seconds} seconds")
            kind, result = conn.recv()
        finally:
            self._peer._put_back(conn)
        if kind == RETURN:
            return result
        raise convert_to_error(kind, result)

    def _callmethod(self, methodname, args=(), kwds=None):
        self._drop_late_reply()
        return super()._callmethod(methodname, args, kwds)

    def _drop_late_reply(self):
        conn, PatientProxy._late = PatientProxy._late, None
        if conn:
            conn.recv()
