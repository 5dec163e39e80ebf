"""Processes that do one thing at a time, when they are told: for forced schedules.

A `Player` is a forked process whose locks are wrapped in `Stepped`: before each call
it says what it is about to do, and waits for leave. So a figure can name the order of
every single step, and read the shared counters between any two of them.
"""

import ctypes
import multiprocessing
import os
import signal
import time

TIMEOUT = 10  # seconds; a step takes microseconds


def step(pipe, name, call, *args):
    """Say *name*, wait for leave, make the call, and tell what it returned."""
    pipe.send(name)
    pipe.recv()
    result = call(*args)
    pipe.send(result)
    return result


class Stepped:
    """A semaphore or lock that asks for leave before each acquire and release."""

    def __init__(self, name, semaphore, pipe):
        self.name = name
        self.semaphore = semaphore
        self.pipe = pipe

    def __getattr__(self, name):
        return getattr(self.semaphore, name)

    def acquire(self, *args):
        return step(self.pipe, f"{self.name}.acquire", self.semaphore.acquire, *args)

    def release(self):
        return step(self.pipe, f"{self.name}.release", self.semaphore.release)


class Player:
    """The figure's end of a process that runs `script(pipe, *args)`, step by step."""

    def __init__(self, script, *args):
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=script, args=(theirs, *args), daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, failure, *exc_info):
        if failure:
            self.process.kill()
        self.process.join(TIMEOUT)
        if not failure and self.process.exitcode != 0:
            raise RuntimeError(f"a figure's process ended: {self.process.exitcode}")

    def hear(self):
        """What the process says next."""
        if not self.pipe.poll(TIMEOUT):
            raise RuntimeError("a figure's process does not answer")
        return self.pipe.recv()

    def start(self, name):
        """Give leave for the step *name*, which has to be the next one."""
        if (said := self.hear()) != name:
            raise RuntimeError(f"a figure expects {name}, its process does {said}")
        self.pipe.send(None)

    def do(self, *names):
        """Let the steps *names* happen; return what the last of them returned."""
        for name in names:
            self.start(name)
            result = self.hear()
        return result

    def freeze(self):
        """Stop the process wherever it is, even asleep in the C library."""
        os.kill(self.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)


def until_asleep(lock, number=1):
    """Wait until *number* threads sleep on *lock*, which glibc counts in its sem_t."""
    sleeping = ctypes.c_uint32.from_address(lock._semlock.handle + 4)
    deadline = time.monotonic() + TIMEOUT
    while sleeping.value != number:
        if time.monotonic() > deadline:
            raise RuntimeError("a figure's process does not go to sleep")
        time.sleep(0.001)
