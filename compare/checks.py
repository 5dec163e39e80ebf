"""What the checks of the exercises are written with.

They fail with a NotMet, which says in words what was looked at, what was expected and
what came, so that `python -m compare exercise` can show it to a person.
"""

import contextlib
import reprlib
import sys
import threading
import traceback

from minimp import managers

# The variable in which `compare.exercise_plugin` is told what to do: a JSON list of the
# descriptor to write to, and the files to try.
ORDERS = "COMPARE_EXERCISE"
LONGEST = 200  # characters shown of a value

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = LONGEST
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxdict = 20


class NotMet(AssertionError):
    """A line of the task does not hold: `what` was looked at, and both values as text.

    `expected` and `came` are str, ready to be shown; `stack`, if there, is the text of
    a traceback that tells where a thread hangs.
    """

    def __init__(self, what, came, expected, stack=""):
        super().__init__(f"{what}: expected {expected}, came {came}")
        self.what, self.came, self.expected = what, came, expected
        self.stack = stack


def expect(what, came, expected):
    """Raise NotMet unless `came` equals `expected`; `what` is a short description."""
    if came != expected:
        raise NotMet(what, shown(came), shown(expected))


def within(seconds, function, *args, **kwargs):
    """Return `function(*args, **kwargs)`, called in a thread of its own.

    What it raises is raised here. NotMet if it takes longer than `seconds`; the thread
    is left alone then, and ends with the process.
    """
    done, answer = threading.Event(), {}

    def call():
        try:
            answer["value"] = function(*args, **kwargs)
        except BaseException as error:  # the caller has to see it, whatever it is
            answer["error"] = error
        done.set()

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    if not done.wait(seconds):
        name = getattr(function, "__name__", repr(function))
        frame = sys._current_frames().get(thread.ident)
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        raise NotMet(f"{name}()", "nothing so far", f"an answer in {seconds} s", stack)
    if "error" in answer:
        raise answer["error"]
    return answer["value"]


def state(pid):
    """Return the letter by which Linux says what a process does, such as S: it sleeps.

    Raises OSError if there is no such process.
    """
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


@contextlib.contextmanager
def requests():
    """Yield a list to which each request of this process to a managed object adds the
    name of the method.

    Requests to the server itself, such as those for references, are not counted.
    """
    sent, call = [], managers._Peer.call

    def noting(peer, ident, methodname, args, kwds):
        if ident is not None:
            sent.append(methodname)
        return call(peer, ident, methodname, args, kwds)

    managers._Peer.call = noting
    try:
        yield sent
    finally:
        managers._Peer.call = call


def shown(value):
    """Return the repr of a value, cut to a length that can be read.

    A value without a repr, such as a proxy whose manager has ended, is no failure.
    """
    try:
        repr(value)  # reprlib has words of its own for one that fails
        return _repr.repr(value)
    except Exception as error:
        return f"<{type(value).__name__} without a repr: {error}>"
