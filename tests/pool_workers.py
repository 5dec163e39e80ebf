"""What the tests of pools run in the workers."""

import os
import signal
import sys
import threading
import time

import support

shared = None


def share(*things):
    """Be an initializer: keep what the tasks need."""
    global shared
    shared = things


def square(x):
    return x * x


def add(x, y=0):
    return x + y


def turn(_=None):
    """Return how many have called this, of all workers."""
    (counter,) = shared
    with counter.get_lock():
        counter.value += 1
        return counter.value


def pid(_=None):
    return os.getpid()


def raise_key_error(x=None):
    raise KeyError("the key")  # this line is told


def nap_then_square(x):
    time.sleep(x / 100)
    return x * x


def unpicklable_result():
    return lambda: 42


def fails_when_pickled():
    raise TwoArguments(1, 2)


class TwoArguments(Exception):
    """Cannot be unpickled: one argument is not handed on."""

    def __init__(self, one, two):
        super().__init__(one)


class Unpicklable:
    def __reduce__(self):
        raise ZeroDivisionError("not this one")


def _not_here():
    raise ImportError("not in a worker")


class OnlyHere:
    """Can be pickled, and cannot be unpickled."""

    def __reduce__(self):
        return _not_here, ()


def kill_yourself(signum=signal.SIGKILL):
    os.kill(os.getpid(), signum)


def end_yourself(status):
    sys.exit(status)


def kill_yourself_at(x, which):
    if x == which:
        kill_yourself()
    return x


def wait_for_ever():
    signal.pause()


def meet_the_other(x):
    """Return when as many workers are here as the barrier has parties."""
    shared[0].wait(30)
    return x


def wait_or_set(what):
    if what == "wait":
        assert shared[0].wait(30)
    if what == "set":
        shared[0].set()
    return what


def receive_shared(_):
    return shared[0].get(timeout=30)


def fail_to_start():
    raise ZeroDivisionError("in the initializer")


def numbers_up_to(stop):
    """Yield numbers, and raise at *stop*."""
    yield from range(stop)
    raise KeyError(stop)


class LongerThanItIs:
    """Says that it has more items than it gives."""

    def __init__(self, length, stop):
        self.length = length
        self.stop = stop

    def __len__(self):
        return self.length

    def __iter__(self):
        return numbers_up_to(self.stop)


def ignore_sigterm():
    """Be an initializer: the default end of a pool does not end this."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def stop_yourself():
    os.kill(os.getpid(), signal.SIGSTOP)


class Exits:
    """Asks the interpreter to end, where it is pickled."""

    def __reduce__(self):
        sys.exit("here")


class ExitsLater:
    """The same, where it is unpickled."""

    def __reduce__(self):
        return sys.exit, ("here",)


def make(kind):
    return kind()


def numbers_and_exit():
    yield 0
    sys.exit("here")


class Unsendable(Exception):
    def __init__(self):
        super().__init__(lambda: 42)


def raise_unsendable(_=None):
    raise Unsendable


def end_before_your_child(size=None):
    """Leave a child that keeps all our descriptors; `shared` ends it."""
    (reader, writer) = shared
    if os.fork() == 0:
        writer.close()
        reader.poll(None)
        os._exit(0)
    if size is None:
        kill_yourself()
    return die_while_it_is_sent(size)


def die_while_it_is_sent(size):
    threading.Timer(0.1, kill_yourself).start()
    return bytes(size)  # more than a socket takes


def close_all_descriptors():
    os.closerange(3, 1000)


def nested(name, start_method):
    """Use a pool of the implementation `name` in a process of its own."""
    with support.load(name).context(start_method).Pool(2) as pool:
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    pool.join()


def count(_):
    """Add one to a number, which a lock guards."""
    lock, number = shared
    with lock:
        number.value += 1


def wait_for_ever_with(_):
    signal.pause()
