"""What the tests of queues run in other processes."""

import os
import signal
from multiprocessing import util


class Unpicklable:
    """Cannot be pickled; says so in the text of the error."""

    def __reduce__(self):
        raise ZeroDivisionError("not this one")


class LateUnpicklable:
    """Cannot be pickled once the process is ending, when somebody tries."""

    def __reduce__(self):
        while not util.is_exiting():
            pass
        raise ZeroDivisionError("too late")


class Changing:
    """Is pickled as what `value` is at that moment."""

    value = "as it was put"

    def __reduce__(self):
        return str, (self.value,)


def put_all(queue, objects):
    for obj in objects:
        queue.put(obj)


def put_and_end(queue, *objects):
    """End at once, without a word to the queue."""
    put_all(queue, objects)


def put_late_and_end(queue):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    put_all(queue, [LateUnpicklable(), "behind it"])


def put_more_than_fits(queue, started):
    queue.put(bytes(2**20))
    started.set()


def put_more_than_fits_and_cancel(queue):
    queue.put(bytes(2**20))
    queue.cancel_join_thread()


def give_back(source, target):
    """Put what comes from *source* into *target*, up to a None."""
    for obj in iter(source.get, None):
        target.put(obj)


def work(queue, seen):
    """Note what comes, and say that it is done, up to a None."""
    for obj in iter(queue.get, None):
        seen.put(obj)
        queue.task_done()
    queue.task_done()


def leave_a_feeder_behind(queue, started, pids):
    """Start a child that puts more than fits; be killed before it is read."""
    pid = os.fork()
    if pid == 0:
        put_more_than_fits(queue, started)
        queue.close()
        queue.join_thread()
        os._exit(0)
    pids.put(pid)
    signal.pause()
