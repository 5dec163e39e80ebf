"""Queues: a pipe, and who may use which end of it at a time.

::

    put(obj) --> _buffer --> feeder thread --[ pipe ]--> get() --> obj
                                      _wlock          _rlock

A `SimpleQueue` is the pipe and its two locks.  A `Queue` has a buffer and
a thread as well, so that `put` does not wait for the pipe, and a semaphore
that counts the free places.  A `JoinableQueue` counts the items that were
put and are not done.
"""

# CPython: queues

import collections
import os
import threading
import time
import traceback
import types
import weakref
from queue import Empty, Full

from ._borrowed import Finalize, assert_spawning
from .connection import Pipe, dumps, loads
from .synchronize import (
    SEM_VALUE_MAX,
    BoundedSemaphore,
    Condition,
    Lock,
    Semaphore,
)

__all__ = ["Queue", "SimpleQueue", "JoinableQueue"]

# Left out: ctx -- locks and pipes reach a child whichever way it is
# started.

# Left out: Queue._ignore_epipe, Queue._terminate_broken -- they are for
# `concurrent.futures`, which has queues of its own.


class Queue:
    """Hand objects from any process to any other, first in, first out.

    With *maxsize* above 0, no more than that many wait to be received.
    An object is pickled by a thread, some time after `put` returned.

    CPython: queues.Queue
    """

    def __init__(self, maxsize=0):
        if maxsize <= 0:
            maxsize = SEM_VALUE_MAX
        self._maxsize = maxsize
        self._reader, self._writer = Pipe(duplex=False)
        self._rlock = Lock()  # held by who reads from the pipe
        self._wlock = Lock()  # held by who writes to it
        self._sem = BoundedSemaphore(maxsize)  # the free places
        self._reset()

    def __getstate__(self):
        assert_spawning(self)
        pipe = self._reader, self._writer
        return self._maxsize, *pipe, self._rlock, self._wlock, self._sem

    def __setstate__(self, state):
        self._maxsize, self._reader, self._writer, *locks = state
        self._rlock, self._wlock, self._sem = locks
        self._reset()

    def _reset(self):
        """Begin with what is this process's own: buffer and thread."""
        self._notempty = threading.Condition(threading.Lock())
        # guarded by self._notempty, but for append and popleft:
        self._buffer = collections.deque()
        self._thread = None
        self._joincancelled = False
        self._jointhread = None
        self._close = None
        self._closed = False
        _queues.add(self)

    def put(self, obj, block=True, timeout=None):
        """Put *obj*, once there is a free place.

        Raises Full when there is none, at once unless *block*, else after
        *timeout* seconds; ValueError when the queue is closed.

        CPython: queues.Queue.put
        """
        self._check_open()
        if not self._sem.acquire(block, timeout):
            raise Full
        with self._notempty:
            if self._thread is None:
                self._start_thread()
            self._append(obj)
            self._notempty.notify()

    def _append(self, obj):
        """Hand *obj* to the feeder.  Caller holds self._notempty."""
        self._buffer.append(obj)

    def get(self, block=True, timeout=None):
        """Return the next object, once there is one.

        Raises Empty when there is none, at once unless *block*, else
        after *timeout* seconds; ValueError when the queue is closed.

        CPython: queues.Queue.get
        """
        self._check_open()
        forever = block and timeout is None
        deadline = time.monotonic() + (timeout or 0)
        if not self._rlock.acquire(block, timeout):
            raise Empty
        try:
            if not forever:
                left = deadline - time.monotonic() if block else 0
                if not self._reader.poll(left):
                    raise Empty
            res = self._reader.recv_bytes()
        finally:
            self._rlock.release()
        self._sem.release()
        return loads(res)

    def _check_open(self):
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")

    def qsize(self):
        """Return how many objects wait; others may change that meanwhile.

        CPython: queues.Queue.qsize
        """
        return self._maxsize - self._sem.get_value()

    def empty(self):
        """Return whether nothing can be received now.  What was put just
        now may still be on its way.

        CPython: queues.Queue.empty
        """
        return not self._reader.poll()

    def full(self):
        """Return whether there is no free place."""
        return self._sem.locked()

    def get_nowait(self):
        """Return the next object, or raise Empty at once."""
        return self.get(False)

    def put_nowait(self, obj):
        """Put *obj*, or raise Full at once."""
        return self.put(obj, False)

    def close(self):
        """Put and get no more in this process; what was put is sent.

        CPython: queues.Queue.close
        """
        self._closed = True
        if self._close is not None:
            self._close()

    def join_thread(self):
        """Wait until all that was put is in the pipe.

        Raises AssertionError unless the queue is closed.

        CPython: queues.Queue.join_thread
        """
        assert self._closed, f"Queue {self!r} not closed"
        if self._jointhread is not None:
            self._jointhread()

    def cancel_join_thread(self):
        """Let the process end although not all is sent; that is lost.

        CPython: queues.Queue.cancel_join_thread
        """
        self._joincancelled = True
        if self._jointhread is not None:
            self._jointhread.cancel()

    def _start_thread(self):
        """Start the feeder, and see that it ends before the process does.
        Caller holds self._notempty.

        CPython: queues.Queue._start_thread
        """
        # Nothing here refers to the queue: when its last user forgets it,
        # it is closed.
        buffer, notempty = self._buffer, self._notempty
        thread = threading.Thread(
            target=Queue._feed,
            args=(buffer, notempty, self._writer, self._wlock)
            + (self._on_queue_feeder_error, self._giving_up()),
            name="QueueFeederThread",
            daemon=True,
        )
        thread.start()
        self._thread = thread
        if not self._joincancelled:
            self._jointhread = Finalize(
                thread,
                Queue._finalize_join,
                [weakref.ref(thread)],
                exitpriority=-5,
            )
        self._close = Finalize(
            self,
            Queue._finalize_close,
            [buffer, notempty, self._reader],
            exitpriority=10,
        )

    @staticmethod
    def _finalize_join(twr):
        thread = twr()
        if thread is not None:
            thread.join()

    @staticmethod
    def _finalize_close(buffer, notempty, reader):
        with notempty:
            buffer.append(_sentinel)
            notempty.notify()
        # Differs: when the last process that could read has gone, what is
        # left is given up; CPython's feeder keeps a reader itself, and
        # waits for ever (test_feeder_whose_reader_is_gone).
        reader.close()

    @staticmethod
    def _feed(buffer, notempty, writer, writelock, onerror, give_up):
        """Send what is in *buffer*, until the sentinel comes.

        CPython: queues.Queue._feed
        """
        while True:
            try:
                obj = buffer.popleft()
            except IndexError:
                with notempty:
                    if not buffer:
                        notempty.wait()
                continue
            if obj is _sentinel:
                return writer.close()
            try:
                parts = dumps(obj)  # before the others have to wait
                _send(writer, writelock, parts)
            except Exception as e:
                closed = buffer and buffer[-1] is _sentinel
                if closed and isinstance(e, BrokenPipeError):
                    return writer.close()  # nobody is left to read
                # Differs: what was put behind it is sent although the
                # process is ending (test_unpicklable_object_at_exit).
                give_up()
                onerror(e, obj)
            obj = parts = None  # which may be the last that hold it

    def _giving_up(self):
        """Return a function that makes up for an object not sent."""
        return self._sem.release

    @staticmethod
    def _on_queue_feeder_error(e, obj):
        """Tell that *obj* was not sent, because of exception *e*.

        CPython: queues.Queue._on_queue_feeder_error
        """
        traceback.print_exc()

    __class_getitem__ = classmethod(types.GenericAlias)


def _send(writer, writelock, parts):
    with writelock:
        writer._check_writable()
        writer._send_bytes(*parts)


_sentinel = object()
_queues = weakref.WeakSet()  # all of this process


def _after_fork():
    # Differs: also after a bare os.fork; there, nothing that is put into
    # CPython's is ever sent (test_put_after_a_bare_fork).
    for queue in list(_queues):
        queue._reset()


os.register_at_fork(after_in_child=_after_fork)


class JoinableQueue(Queue):
    """A queue that knows when all that was put has been worked on.

    CPython: queues.JoinableQueue
    """

    def __init__(self, maxsize=0):
        super().__init__(maxsize)
        self._unfinished_tasks = Semaphore(0)
        self._cond = Condition()

    def __getstate__(self):
        return *super().__getstate__(), self._cond, self._unfinished_tasks

    def __setstate__(self, state):
        *state, self._cond, self._unfinished_tasks = state
        super().__setstate__(state)

    def _append(self, obj):
        with self._cond:
            self._unfinished_tasks.release()
            super()._append(obj)

    def task_done(self):
        """Say that one object that was received has been worked on.

        Raises ValueError when all of them have.

        CPython: queues.JoinableQueue.task_done
        """
        _task_done(self._cond, self._unfinished_tasks)

    def join(self):
        """Wait until all that was put has been worked on.

        CPython: queues.JoinableQueue.join
        """
        with self._cond:
            if not self._unfinished_tasks.locked():
                self._cond.wait()

    def _giving_up(self):
        # Differs: an object that cannot be pickled is done; CPython's join
        # waits for it for ever (test_join_after_an_unpicklable_object).
        sem, cond = self._sem, self._cond
        unfinished = self._unfinished_tasks

        def give_up():
            sem.release()
            _task_done(cond, unfinished)

        return give_up


def _task_done(cond, unfinished_tasks):
    with cond:
        if not unfinished_tasks.acquire(False):
            raise ValueError("task_done() called too many times")
        if unfinished_tasks.locked():
            cond.notify_all()


class SimpleQueue:
    """A pipe that many may write to and many may read from.

    CPython: queues.SimpleQueue
    """

    def __init__(self):
        self._reader, self._writer = Pipe(duplex=False)
        self._rlock = Lock()
        self._wlock = Lock()

    def close(self):
        """Close both ends, in this process."""
        self._reader.close()
        self._writer.close()

    def empty(self):
        """Return whether nothing can be received now."""
        return not self._reader.poll()

    def __getstate__(self):
        assert_spawning(self)
        return self._reader, self._writer, self._rlock, self._wlock

    def __setstate__(self, state):
        self._reader, self._writer, self._rlock, self._wlock = state

    def get(self):
        """Return the next object, once there is one.

        CPython: queues.SimpleQueue.get
        """
        with self._rlock:
            res = self._reader.recv_bytes()
        return loads(res)  # the others need not wait for that

    def put(self, obj):
        """Put *obj*, once there is room in the pipe.

        CPython: queues.SimpleQueue.put
        """
        parts = dumps(obj)  # before the others have to wait
        _send(self._writer, self._wlock, parts)

    __class_getitem__ = classmethod(types.GenericAlias)
