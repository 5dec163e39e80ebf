"""Wrong: an alarm ends the call, and with it the connection; only a main thread can."""

import signal

from minimp import BaseProxy


class PatientProxy(BaseProxy):
    """A proxy with a `call` that has a limit of time."""

    def call(self, seconds, methodname, *args):
        """Return what the method of the referent returns, or raise what it raises.

        Raises TimeoutError if there is no reply in `seconds`.
        """

        def ring(signum, frame):
            raise TimeoutError(f"no reply in {seconds} seconds")

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            return self._callmethod(methodname, args)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
