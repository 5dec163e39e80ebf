"""Two tasks on their way through CPython's Pool of one worker (see `pools.way`).

Each line is a moment: what a thread of the pool's process did, how many calls wait in
the task queue, how many bytes in each pipe, and what the worker did.
"""

import array
import fcntl
import os
import signal
import termios
import threading
import time

shared = {}  # in the worker: what the initializer put there


def initialize(begun, may_end):
    shared.update(begun=begun, may_end=may_end)


def work(argument):
    shared["begun"].release()
    shared["may_end"].acquire()
    return argument.name.upper()


class Argument:
    """It is pickled in two steps."""

    def __init__(self, name):
        self.name = name
        self.begun, self.leave = threading.Event(), threading.Event()

    def __reduce__(self):
        self.begun.set()
        self.leave.wait()
        return Plain, (self.name,)


class Plain:
    def __init__(self, name):
        self.name = name


def waiting(queue):
    found = array.array("i", [0])
    fcntl.ioctl(queue._reader.fileno(), termios.FIONREAD, found)
    return found[0]


def until(condition):
    while not condition():
        time.sleep(0.001)


def is_taken(lock):
    if lock.acquire(block=False):
        lock.release()
        return False
    return True


def main(mp):
    begun, may_end = mp.Semaphore(0), mp.Semaphore(0)
    called, leave = threading.Event(), threading.Event()

    def callback(result):
        called.set()
        leave.wait()

    with mp.Pool(1, initialize, (begun, may_end)) as pool:

        def moment(here, there=""):
            pipes = waiting(pool._inqueue), waiting(pool._outqueue)
            print(here, pool._taskqueue.qsize(), *pipes, there, sep="\t")

        def worker(what):
            os.kill(pool._pool[0].pid, what)

        until(lambda: is_taken(pool._inqueue._rlock))
        moment("", "waits at the pipe, with the lock of `_inqueue`")
        worker(signal.SIGSTOP)
        a, b = Argument("a"), Argument("b")
        first = pool.apply_async(work, (a,), callback=callback)
        a.begun.wait()
        moment("**main**: `apply_async`, of `a`;<br>**task handler** pickles the task")
        second = pool.apply_async(work, (b,))
        moment("**main**: `apply_async`, of `b`")
        a.leave.set()
        b.begun.wait()
        moment("**task handler** writes `a`, pickles `b`")
        worker(signal.SIGCONT)
        begun.acquire()
        moment("", "reads, gives the lock back, unpickles, runs `work(a)`")
        b.leave.set()
        until(lambda: waiting(pool._inqueue))
        moment("**task handler** writes `b`")
        may_end.release()
        called.wait()
        begun.acquire()
        moment(
            "**result handler** reads, unpickles, calls the callback of `a`",
            "writes the result of `a`; runs `work(b)`",
        )
        may_end.release()
        until(lambda: waiting(pool._outqueue))
        moment("", "writes the result of `b`; waits at the pipe")
        leave.set()
        got = first.get(), second.get()
        moment(f"**main**: `get()` returns `{got[0]!r}`, and then `{got[1]!r}`")
