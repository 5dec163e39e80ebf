"""A pool of processes that run functions, and three threads beside them.

::

    apply, map, imap ...      --> taskqueue: what is to be done
    task handler              --> inqueue: the same, pickled
    task or result handler    --> a worker: (func, args, kwds)
    worker                    --> its connection: (success, value)
    result handler            --> who waits for the result
    worker handler            --> another worker, where one has ended

Each worker has a connection of its own, so who is killed leaves no lock
behind.  It is sent a few tasks ahead, so as not to wait for them, and has
a *claim*: a semaphore that counts those which it has not begun.  To begin
one it takes one from the claim.  So does the pool, to have a task back
for another worker, when this one has been killed or takes its time.
"""

# CPython: pool

import collections
import functools
import itertools
import os
import queue
import select
import threading
import time
import traceback
import types
import warnings
import weakref

from . import process
from ._borrowed import Finalize, ProcessError, TimeoutError
from .connection import Pipe, dumps, loads, start_thread, wait
from .queues import SimpleQueue
from .synchronize import Semaphore

__all__ = ["Pool"]

# Left out: ThreadPool, and what Pool has for it alone -- threads share
# what they have anyway.
# Left out: _helper_reraises_exception -- an error of the iterable need not
# travel to a worker and back.
# Left out: Pool._setup_queues, Pool._get_sentinels,
# Pool._get_worker_sentinels, Pool._help_stuff_finish -- no queue is shared
# by the workers, and only one thread waits for sentinels.

# The states of a pool:
INIT = "INIT"
RUN = "RUN"
CLOSE = "CLOSE"
TERMINATE = "TERMINATE"

job_counter = itertools.count()

_FAILED = object()  # in place of a function: its arguments are an error


def mapstar(args):
    """Apply a function to each object: args is (function, objects)."""
    return list(map(*args))


def starmapstar(args):
    """Apply a function to each tuple of arguments."""
    return list(itertools.starmap(*args))


class RemoteTraceback(Exception):
    """The text of a traceback in a worker.

    CPython: pool.RemoteTraceback
    """

    def __init__(self, tb):
        self.tb = tb

    def __str__(self):
        return self.tb


class ExceptionWithTraceback:
    """Pickle *exc* so that it arrives with the text of traceback *tb*.

    CPython: pool.ExceptionWithTraceback
    """

    def __init__(self, exc, tb):
        text = "".join(traceback.format_exception(type(exc), exc, tb))
        self.exc = exc
        self.tb = f'\n"""\n{text}"""'

    def __reduce__(self):
        return rebuild_exc, (self.exc, self.tb)


def rebuild_exc(exc, tb):
    """CPython: pool.rebuild_exc"""
    exc.__cause__ = RemoteTraceback(tb)
    return exc


class MaybeEncodingError(Exception):
    """A result, or an exception, that cannot be pickled.

    CPython: pool.MaybeEncodingError
    """

    def __init__(self, exc, value):
        self.exc = repr(exc)
        self.value = repr(value)
        super().__init__(self.exc, self.value)

    def __str__(self):
        return f"Error sending result: '{self.value}'. Reason: '{self.exc}'"

    def __repr__(self):
        return f"<{type(self).__name__}: {self}>"


class WorkerLostError(ProcessError):
    """A worker ended before its task was done."""


def worker(conn, claim, initializer=None, initargs=(), maxtasks=None):
    """Run the tasks that come, until the pool hangs up, or *maxtasks*.

    Each needs *claim*.  To one that the pool has taken back, the answer
    is an empty message; by that, a worker also says that it is ready.

    CPython: pool.worker
    """
    # Left out: inqueue, outqueue -- it has a connection of its own.
    # Left out: wrap_exception -- an error takes its traceback along.
    if initializer is not None:
        initializer(*initargs)
    messages = collections.deque()
    completed = 0
    answer = [b""]
    while True:
        try:
            conn._send_bytes(*answer)
            if completed == maxtasks:
                return
            answer = [b""]  # nor is the last one kept while we wait
            if not messages:
                messages += conn._recv_several()
        except (EOFError, OSError):
            return
        message = messages.popleft()
        if claim.acquire(False):
            answer = _pickled(_run(message))
            completed += 1


def _pickled(result):
    try:
        return dumps(result)
    except Exception as e:
        return dumps((False, MaybeEncodingError(e, result[1])))


def _run(message):
    """Return what a pickled task returns, as (success, value)."""
    # Differs: a task that cannot be unpickled fails; CPython's worker ends,
    # and the call waits for ever (test_task_that_cannot_be_unpickled).
    try:
        func, args, kwds = loads(message)
        return True, func(*args, **kwds)
    except Exception as e:
        return False, ExceptionWithTraceback(e, e.__traceback__)


class _PoolCache(dict):
    """The results that are waited for, by their jobs.

    CPython: pool._PoolCache
    """

    def __init__(self, notifier):
        super().__init__()
        self.notifier = notifier
        self.closing = False

    def remove(self, job):
        """Take *job* out, once; return whether it was there.

        CPython: pool._PoolCache.__delitem__
        """
        there = self.pop(job, None) is not None
        if self.closing and not self:
            self.notifier.put(None)
        return there

    def set(self, job, i, obj):
        """Hand (success, value) *obj* to who waits for task *i*."""
        if result := self.get(job):
            result._set(i, obj)

    def fail(self, error):
        """Have all who wait get *error*."""
        for result in list(self.values()):
            result._fail(error)


def _result(message):
    """Return (success, value) as a worker has sent it."""
    # Differs: a result that cannot be unpickled fails; CPython's pool never
    # answers again (test_result_that_cannot_be_unpickled).
    try:
        return loads(message)
    except BaseException as e:
        return False, e


_ROOM = 500  # tasks that may wait to be sent, or until a large one is
_AHEAD = 8  # tasks that a worker may have at a time, or a large one
_SMALL = 2**13  # bytes; its socket takes so many of these without waiting
_GRACE = 5.0  # seconds from SIGTERM to SIGKILL

_ends = weakref.WeakSet()  # of connections to workers


def _after_fork():
    # Whoever holds them keeps a worker from noticing that we have gone.
    for conn in list(_ends):
        conn.close()


os.register_at_fork(after_in_child=_after_fork)


# *parts* is the pickle of (func, args, kwds), *size* bytes in all.
Task = collections.namedtuple("Task", "job i parts size")


class _Line:
    """A worker, our end of the connection to it, and what it was sent.

    Who calls its methods holds the crew's mutex.
    """

    def __init__(self, process, conn, claim):
        self.process = process
        self.conn = conn
        self.claim = claim
        self.tasks = collections.deque()  # sent, not answered or taken back
        self.passes = 1  # empty messages that are to come
        self.ready = False  # has it spoken?
        self.spoke = False  # has it since `look_round`?
        self.ends = 0  # see `_Crew.note_end`

    def takes(self, task):
        """Return whether *task* may be sent now."""
        most = 1 if task.size > _SMALL else _AHEAD
        return len(self.tasks) < most and not (self.passes or self.ends)

    def send(self, task):
        """Send *task*."""
        self.tasks.append(task)
        self.claim.release()
        try:
            self.conn._send_bytes(*task.parts)
        except OSError:
            pass  # it has ended; the task will be taken back

    def answer(self, message):
        """Return the task that *message* answers, None if it passed over
        one."""
        self.ready = self.spoke = True
        if message:
            return self.tasks.popleft()
        self.passes -= 1
        return None

    def take_back(self):
        """Return the last task, or None if it has begun them all."""
        if not self.claim.acquire(False):
            return None
        self.passes += 1
        return self.tasks.pop()


class _Crew:
    """The workers of a pool, and what its three threads do.

    None of them knows the pool, which can so be forgotten.
    """

    # Differs: CPython's workers share a queue, and its lock: one that is
    # killed while it waits for a task leaves the others without any
    # (test_idle_worker_that_is_killed).

    def __init__(self, pool, processes, make, args):
        self.pool = pool
        self.processes = processes
        self.make = make  # returns a Process for arguments of `worker`
        self.args = args
        self.state = RUN
        self.taskqueue = queue.SimpleQueue()  # of (tasks, set_length)
        self.change_notifier = SimpleQueue()  # wakes the worker handler
        self.cache = _PoolCache(self.change_notifier)
        self.outqueue = select.epoll()  # of connections to workers
        # When one end is closed, the other wakes the result handler.
        self.bell, self.rope = Pipe(duplex=False)
        self.outqueue.register(self.bell, select.EPOLLIN)
        _ends.add(self.rope)
        self.room = threading.Event()  # set when more tasks may wait
        self.room.set()
        self.mutex = threading.Lock()
        # guarded by self.mutex:
        self.lines = {}  # by the descriptors of the connections
        self.inqueue = collections.deque()  # of Task, to be sent
        self.answers = 0  # since `look_round`
        self.failures = 0  # workers in turn that were never ready

    def join_exited_workers(self):
        """Forget the workers that have ended.

        CPython: pool.Pool._join_exited_workers
        """
        for line in list(self.lines.values()):
            w = line.process
            if w in self.pool and w.exitcode is not None:
                w.join()
                self.pool.remove(w)
                # A child of its own may have the other end, too.
                line.conn._hang_up()
                self.note_end(line)

    def note_end(self, line):
        """Note that a worker has ended, or that all it sent is read; the
        second time, fail the task that it had begun.
        """
        with self.mutex:
            line.ends += 1
            while task := line.take_back():  # nobody has begun it
                self.inqueue.appendleft(task)
            self.hand_out(self.lines.values())
            if line.ends < 2:
                return
            del self.lines[line.conn.fileno()]
            self.failures = 0 if line.ready else self.failures + 1
            hopeless = self.failures >= self.processes
        error = WorkerLostError(
            f"{line.process!r} ended before its task was done"
        )
        # Differs: CPython's call waits for ever
        # (test_worker_that_is_killed).
        for task in line.tasks:
            self.cache.set(task.job, task.i, (False, error))
        # Differs: CPython starts workers without end
        # (test_initializer_that_fails).
        if hopeless:
            self.fail_all(error)

    def fail_all(self, error):
        """Have all who wait get *error*, and begin no more of theirs."""
        self.cache.fail(error)
        with self.mutex:
            self.inqueue.clear()
            self.room.set()

    def give_up(self):
        """Let nobody wait for a result of a pool that has ended."""
        # Differs: with CPython's, they wait for ever
        # (test_result_of_a_terminated_pool).
        self.fail_all(WorkerLostError("the pool was terminated"))

    def repopulate_pool(self):
        """Start as many workers as are missing.

        CPython: pool.Pool._repopulate_pool_static
        """
        for _ in range(self.processes - len(self.pool)):
            ours, theirs = Pipe()
            _ends.add(ours)
            claim = Semaphore(0)
            with theirs:
                w = self.make(args=(theirs, claim, *self.args))
                w.name = w.name.replace("Process", "PoolWorker")
                w.daemon = True
                w.start()
            self.pool.append(w)
            with self.mutex:
                self.lines[ours.fileno()] = _Line(w, ours, claim)
            self.outqueue.register(ours, select.EPOLLIN)

    def maintain_pool(self):
        """Replace the workers that have ended, if the system lets us.

        CPython: pool.Pool._maintain_pool
        """
        self.join_exited_workers()
        if self.failures >= self.processes and not self.cache:
            return  # it would be in vain, and nobody waits for it
        # Differs: in CPython, no worker is replaced after an error
        # (test_worker_that_cannot_be_replaced).
        try:
            self.repopulate_pool()
        except Exception as e:
            if not self.pool:
                self.fail_all(e)

    def end_workers(self):
        """End the workers, whatever they do."""
        for p in list(self.pool):
            if p.exitcode is None:
                p.terminate()
        deadline = time.monotonic() + _GRACE
        for p in list(self.pool):
            p.join(max(0, deadline - time.monotonic()))
            # Differs: CPython waits for ever for one that is stopped, or
            # prepared for SIGTERM (test_worker_that_does_not_end).
            if p.exitcode is None:
                p.kill()
                p.join()
        for line in list(self.lines.values()):
            line.conn._hang_up()

    def running(self):
        """Return whether workers are needed."""
        if self.state == RUN:
            return True
        return bool(self.cache) and self.state != TERMINATE

    def wait_for_updates(self):
        """Wait until a worker ends, or somebody says that there is news.

        CPython: pool.Pool._wait_for_updates
        """
        sentinels = [w.sentinel for w in self.pool]
        wait([self.change_notifier._reader, *sentinels])
        while not self.change_notifier.empty():
            self.change_notifier.get()

    def handle_workers(self):
        """Replace workers that have ended, as long as any are needed.

        CPython: pool.Pool._handle_workers
        """
        while self.running():
            self.maintain_pool()
            self.wait_for_updates()
        self.state = TERMINATE
        self.taskqueue.put(None)
        self.rope.close()
        self.give_up()

    def handle_tasks(self):
        """Pickle the tasks, and hand them out.

        CPython: pool.Pool._handle_tasks
        """
        for taskseq, set_length in iter(self.taskqueue.get, None):
            if self.state == TERMINATE:
                return
            length = self.handle_taskseq(taskseq)
            if set_length:
                set_length(length)
            taskseq = set_length = None  # nor kept while we wait

    def handle_taskseq(self, taskseq):
        """Do so with the tasks of one call; return how many they are."""
        i = -1
        for job, i, func, args, kwds in taskseq:
            if self.state == TERMINATE or job not in self.cache:
                break
            if func is _FAILED:
                self.cache.set(job, i, (False, args))
                continue
            try:
                parts = dumps((func, args, kwds))
            except BaseException as e:
                self.cache.set(job, i, (False, e))
                continue
            self.put(Task(job, i, parts, sum(map(len, parts))))
        return i + 1

    def put(self, task):
        """Hand *task* out, or have it wait; wait when too many do."""
        with self.mutex:
            if task.job not in self.cache:
                return  # it has failed as a whole
            self.inqueue.append(task)
            if task.size > _SMALL or len(self.inqueue) > _ROOM:
                self.room.clear()
            if len(self.inqueue) == 1:  # else nobody had room
                self.hand_out(self.lines.values())
        self.room.wait()

    def hand_out(self, lines):
        """Send tasks to *lines*, to the shortest first.  Caller holds
        self.mutex."""
        while self.inqueue:
            task = self.inqueue[0]
            ready = [line for line in lines if line.takes(task)]
            if not ready:
                return
            min(ready, key=lambda line: len(line.tasks)).send(task)
            self.inqueue.popleft()
        self.room.set()

    def relieve(self, idle):
        """Have line *idle* get a task that waits behind another one.
        Caller holds self.mutex."""
        for line in self.lines.values():
            if len(line.tasks) > 1 and (task := line.take_back()):
                return idle.send(task)

    def look_round(self):
        """Take back what waits behind tasks that take their time.  Caller
        holds self.mutex."""
        self.answers = 0
        for line in self.lines.values():
            while not line.spoke and (task := line.take_back()):
                self.inqueue.appendleft(task)
            line.spoke = False

    def handle_results(self):
        """Hand each result to who waits for it, and its worker a task.

        CPython: pool.Pool._handle_results
        """
        while True:
            for fd, _ in self.outqueue.poll():
                if fd == self.bell.fileno():
                    return self.close_queues()
                self.handle_line(self.lines[fd])

    def handle_line(self, line):
        """Do so with what has come from a worker."""
        try:
            messages = line.conn._recv_several()
        except (EOFError, OSError):
            self.outqueue.unregister(line.conn)
            return self.note_end(line)
        with self.mutex:
            results = [(line.answer(m), m) for m in messages]
            self.answers += len(messages)
            if self.answers > _AHEAD * len(self.lines):
                self.look_round()
            if len(line.tasks) <= _AHEAD // 2:
                self.hand_out([line])
            if not (line.tasks or line.passes):
                self.relieve(line)
        for task, message in results:
            if task is not None:
                self.cache.set(task.job, task.i, _result(message))

    def close_queues(self):
        """Hang up, which ends workers that wait for a task."""
        self.outqueue.close()
        self.bell.close()
        with self.mutex:
            for line in self.lines.values():
                line.conn._hang_up()
            self.lines.clear()

    def close(self):
        """Have all end once there is nothing to do."""
        self.state = CLOSE
        self.cache.closing = True
        self.change_notifier.put(None)

    def terminate_pool(self, worker_handler, result_handler):
        """Have all end now.

        CPython: pool.Pool._terminate_pool
        """
        self.state = TERMINATE
        self.change_notifier.put(None)
        self.end_workers()
        # Differs: a callback may have called this in any of the threads;
        # in that which sends tasks, CPython's waits for ever
        # (test_pool_that_is_terminated_by_a_callback).
        us = threading.current_thread()
        if us is not worker_handler:
            worker_handler.join()
            self.end_workers()  # also one that was just being started
            if us is not result_handler:
                result_handler.join()


class Pool:
    """Run functions in *processes* processes, by default one a CPU.

    Each of them calls *initializer(\\*initargs)* first, and is replaced
    after *maxtasksperchild* tasks.  *context* has the start method.

    CPython: pool.Pool
    """

    # Differs: kwds is None by default; CPython's is a dict that the calls
    # share (test_default_of_kwds).

    @staticmethod
    def Process(ctx, *args, **kwds):
        """Return a new process, for a worker."""
        return ctx.Process(*args, **kwds)

    def __init__(
        self,
        processes=None,
        initializer=None,
        initargs=(),
        maxtasksperchild=None,
        context=None,
    ):
        self._pool = []  # the workers, each a Process
        self._state = INIT
        self._processes = _checked(processes, initializer, maxtasksperchild)
        self._ctx = context or process
        self._crew = crew = _Crew(
            self._pool,
            self._processes,
            functools.partial(self.Process, self._ctx, target=worker),
            (initializer, initargs, maxtasksperchild),
        )
        self._cache = crew.cache
        self._repopulate_pool = crew.repopulate_pool
        try:
            self._repopulate_pool()
        except Exception:
            for p in self._pool:
                p.terminate()
                p.join()
            crew.close_queues()
            raise
        self._worker_handler = start_thread(crew.handle_workers)
        self._task_handler = start_thread(crew.handle_tasks)
        self._result_handler = start_thread(crew.handle_results)
        self._terminate = Finalize(
            self,
            crew.terminate_pool,
            (self._worker_handler, self._result_handler),
            exitpriority=15,
        )
        self._state = RUN

    # At the end of the interpreter, modules go before objects do.
    def __del__(self, _warn=warnings.warn, RUN=RUN):
        if self._state == RUN:
            _warn(
                f"unclosed running multiprocessing pool {self!r}",
                ResourceWarning,
                source=self,
            )

    def __repr__(self):
        cls = type(self)
        return (
            f"<{cls.__module__}.{cls.__qualname__} state={self._state}"
            f" pool_size={len(self._pool)}>"
        )

    def _check_running(self):
        if self._state != RUN:
            raise ValueError("Pool not running")

    def apply(self, func, args=(), kwds=None):
        """Return what func(*args, **kwds) returns in a worker, or raise
        what it raises.

        CPython: pool.Pool.apply
        """
        return self.apply_async(func, args, kwds).get()

    def map(self, func, iterable, chunksize=None):
        """Return a list of what *func* returns for each object.

        A worker gets *chunksize* objects at a time.

        CPython: pool.Pool.map
        """
        return self.map_async(func, iterable, chunksize).get()

    def starmap(self, func, iterable, chunksize=None):
        """Like `map`, for tuples of arguments.

        CPython: pool.Pool.starmap
        """
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(
        self,
        func,
        iterable,
        chunksize=None,
        callback=None,
        error_callback=None,
    ):
        """Begin a `starmap`; return an AsyncResult.

        CPython: pool.Pool.starmap_async
        """
        callbacks = callback, error_callback
        args = func, iterable, starmapstar, chunksize
        return self._map_async(*args, *callbacks)

    @staticmethod
    def _guarded_task_generation(result_job, func, iterable):
        """Yield tasks; where *iterable* raises, _FAILED is the function.

        CPython: pool.Pool._guarded_task_generation
        """
        i = -1
        try:
            for i, x in enumerate(iterable):
                yield (result_job, i, func, (x,), {})
        except GeneratorExit:
            raise
        except BaseException as e:
            yield (result_job, i + 1, _FAILED, e, {})

    def imap(self, func, iterable, chunksize=1):
        """Return an iterator over what *func* returns for each object,
        which ends the wait for each as soon as it is there.

        CPython: pool.Pool.imap
        """
        return self._imap(IMapIterator, func, iterable, chunksize)

    def imap_unordered(self, func, iterable, chunksize=1):
        """Like `imap`, with what is there first first.

        CPython: pool.Pool.imap_unordered
        """
        return self._imap(IMapUnorderedIterator, func, iterable, chunksize)

    def _imap(self, cls, func, iterable, chunksize):
        self._check_running()
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize}")
        result = cls(self)
        if chunksize > 1:
            iterable = Pool._get_tasks(func, iterable, chunksize)
            func = mapstar
        self._submit(result, func, iterable)
        if chunksize == 1:
            return result
        return (item for chunk in result for item in chunk)

    def _submit(self, result, func, iterable):
        tasks = self._guarded_task_generation(result._job, func, iterable)
        self._put(tasks, result._set_length)

    def _put(self, tasks, set_length=None):
        crew = self._crew
        crew.taskqueue.put((tasks, set_length))
        if not self._pool:  # none could be started the last time
            crew.change_notifier.put(None)
        if crew.state == TERMINATE:  # meanwhile, by another thread
            crew.give_up()

    def apply_async(
        self, func, args=(), kwds=None, callback=None, error_callback=None
    ):
        """Begin an `apply`; return an AsyncResult.

        *callback* or *error_callback* is called with what comes, in a
        thread of the pool.

        CPython: pool.Pool.apply_async
        """
        self._check_running()
        result = ApplyResult(self, callback, error_callback)
        self._put([(result._job, 0, func, args, kwds or {})])
        return result

    def map_async(
        self,
        func,
        iterable,
        chunksize=None,
        callback=None,
        error_callback=None,
    ):
        """Begin a `map`; return an AsyncResult.

        CPython: pool.Pool.map_async
        """
        callbacks = callback, error_callback
        args = func, iterable, mapstar, chunksize
        return self._map_async(*args, *callbacks)

    def _map_async(self, func, iterable, mapper, chunksize, *callbacks):
        self._check_running()
        if not hasattr(iterable, "__len__"):
            iterable = list(iterable)
        if chunksize is None:
            chunksize = -(-len(iterable) // (self._processes * 4))
        if len(iterable) == 0:
            chunksize = 0
        batches = Pool._get_tasks(func, iterable, chunksize)
        result = MapResult(self, chunksize, len(iterable), *callbacks)
        self._submit(result, mapper, batches)
        return result

    @staticmethod
    def _get_tasks(func, it, size):
        it = iter(it)
        while batch := tuple(itertools.islice(it, size)):
            yield func, batch

    def __reduce__(self):
        raise NotImplementedError(
            "pool objects cannot be passed between processes or pickled"
        )

    def close(self):
        """Take no more tasks; the workers end when all are done.

        CPython: pool.Pool.close
        """
        if self._state == RUN:
            self._state = CLOSE
            self._crew.close()

    def terminate(self):
        """End the workers, whatever they do.

        CPython: pool.Pool.terminate
        """
        self._state = TERMINATE
        self._terminate()

    def join(self):
        """Wait until the workers have ended.

        Raises ValueError unless the pool is closed or terminated.

        CPython: pool.Pool.join
        """
        if self._state == RUN:
            raise ValueError("Pool is still running")
        if self._state not in (CLOSE, TERMINATE):
            raise ValueError("In unknown state")
        handlers = self._worker_handler, self._task_handler
        for thing in (*handlers, self._result_handler, *self._pool):
            thing.join()

    def __enter__(self):
        self._check_running()
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.terminate()


def _checked(processes, initializer, maxtasks):
    """Return how many processes to start; raise if that makes no sense."""
    if processes is None:
        cpu_count = getattr(os, "process_cpu_count", os.cpu_count)
        processes = cpu_count() or 1
    if processes < 1:
        raise ValueError("Number of processes must be at least 1")
    if maxtasks is not None:
        if not isinstance(maxtasks, int) or maxtasks <= 0:
            raise ValueError(
                "maxtasksperchild must be a positive int or None"
            )
    if initializer is not None and not callable(initializer):
        raise TypeError("initializer must be a callable")
    return processes


class ApplyResult:
    """What `Pool.apply_async` returns: a result that may be to come.

    CPython: pool.ApplyResult
    """

    def __init__(self, pool, callback, error_callback):
        self._pool = pool
        self._callback = callback
        self._error_callback = error_callback
        self._event = threading.Event()
        self._cache = pool._cache
        self._job = next(job_counter)
        self._cache[self._job] = self

    def ready(self):
        """Return whether the result is there."""
        return self._event.is_set()

    def successful(self):
        """Return whether it is no exception.

        Raises ValueError when it is not there.

        CPython: pool.ApplyResult.successful
        """
        if not self.ready():
            raise ValueError(f"{self!r} not ready")
        return self._success

    def wait(self, timeout=None):
        """Wait until the result is there, for at most *timeout* seconds."""
        self._event.wait(timeout)

    def get(self, timeout=None):
        """Return the result, or raise it.

        Raises TimeoutError when it is not there after *timeout* seconds.

        CPython: pool.ApplyResult.get
        """
        self.wait(timeout)
        if not self.ready():
            raise TimeoutError
        if self._success:
            return self._value
        raise self._value

    def _set(self, i, obj):
        if not self._cache.remove(self._job):
            return
        self._pool = None
        self._success, self._value = obj
        callback = self._callback if self._success else self._error_callback
        # Differs: CPython's pool never answers again after an error here
        # (test_error_in_a_callback).
        try:
            if callback:
                callback(self._value)
        except BaseException:
            traceback.print_exc()
        self._event.set()

    def _fail(self, error):
        """Have *error* as the result, whatever is to come."""
        ApplyResult._set(self, None, (False, error))

    __class_getitem__ = classmethod(types.GenericAlias)


AsyncResult = ApplyResult


class MapResult(ApplyResult):
    """What `Pool.map_async` returns.

    CPython: pool.MapResult
    """

    def __init__(self, pool, chunksize, length, callback, error_callback):
        super().__init__(pool, callback, error_callback)
        self._lock = threading.Lock()
        self._success = True
        self._value = [None] * length
        self._chunksize = chunksize
        self._chunks = -(-length // chunksize) if chunksize > 0 else 0
        self._number_left = self._chunks
        if not self._chunks:
            self._event.set()
            self._cache.remove(self._job)

    def _set(self, i, success_result):
        with self._lock:
            self._number_left -= 1
            success, result = success_result
            if success and self._success:
                start = i * self._chunksize
                self._value[start : start + self._chunksize] = result
            elif self._success:
                self._success, self._value = False, result
        self._leave_at_end()

    def _set_length(self, length):
        """Expect *length* chunks."""
        # Differs: CPython's call waits for ever if the iterable raises, but
        # at its end (test_iterable_that_raises_in_the_middle).
        with self._lock:
            self._number_left -= self._chunks - length
        self._leave_at_end()

    def _leave_at_end(self):
        # Also after a failure, the others may still be at work.
        if self._number_left == 0:
            super()._set(None, (self._success, self._value))


class IMapIterator:
    """What `Pool.imap` returns: an iterator over results.

    CPython: pool.IMapIterator
    """

    def __init__(self, pool):
        self._pool = pool
        self._cond = threading.Condition(threading.Lock())
        self._job = next(job_counter)
        self._cache = pool._cache
        self._items = collections.deque()  # (success, value), in order
        self._index = 0  # how many have come, in order
        self._length = None
        self._unsorted = {}  # index -> (success, value)
        self._cache[self._job] = self

    def __iter__(self):
        return self

    def next(self, timeout=None):
        """Return the next result, or raise it.

        Raises TimeoutError when it is not there after *timeout* seconds.

        CPython: pool.IMapIterator.next
        """
        with self._cond:
            self._cond.wait_for(self._has_news, timeout)
            if not self._items:
                ended = self._index == self._length
                raise StopIteration if ended else TimeoutError
            success, value = self._items.popleft()
        if success:
            return value
        raise value

    __next__ = next

    def _has_news(self):
        return self._items or self._index == self._length

    def _set(self, i, obj):
        with self._cond:
            self._unsorted[i] = obj
            while self._index in self._unsorted:
                self._add(self._unsorted.pop(self._index))

    def _add(self, obj):
        """Let *obj* be had.  Caller holds self._cond."""
        if self._job not in self._cache:
            return  # it has failed as a whole
        self._items.append(obj)
        self._index += 1
        self._cond.notify()
        self._leave_at_end()

    def _leave_at_end(self):
        if self._index == self._length:
            self._cond.notify_all()
            self._cache.remove(self._job)
            self._pool = None

    def _set_length(self, length):
        with self._cond:
            if self._job in self._cache:
                self._length = length
                self._leave_at_end()

    def _fail(self, error):
        """Have *error* as the last result."""
        with self._cond:
            self._length = self._index + 1
            self._add((False, error))


class IMapUnorderedIterator(IMapIterator):
    """What `Pool.imap_unordered` returns.

    CPython: pool.IMapUnorderedIterator
    """

    def _set(self, i, obj):
        with self._cond:
            self._add(obj)
