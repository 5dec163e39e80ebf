"""A pool of processes that run functions, and three threads beside them.

::

    apply, map, imap ...      --> _taskqueue: what is to be done
    task handler              --> inqueue: the same, pickled
    task or result handler    --> a worker that is idle: (func, args, kwds)
    worker                    --> its connection: (success, value)
    result handler            --> who waits for the result
    worker handler            --> another worker, where one has ended

Each worker has a connection of its own, so who is killed leaves no lock
behind.  While it runs one task, it may be sent another one, so as not to
wait for it; which it begins only if it gets the *claim*, a semaphore.  The
pool takes the claim, and the task, back for a worker that is idle, or when
this one has been killed: so it knows which tasks were never begun.
"""

# CPython: pool

import collections
import functools
import itertools
import math
import os
import queue
import selectors
import signal
import threading
import traceback
import types
import warnings
import weakref

from . import process
from ._borrowed import Finalize, ProcessError, TimeoutError
from .connection import Pipe, dumps, loads
from .synchronize import Semaphore

__all__ = ["Pool"]

# Left out: ThreadPool, and what Pool has for it alone -- threads share
# what they have anyway.
# Left out: _helper_reraises_exception -- an error of the iterable need not
# travel to a worker and back.
# Left out: Pool._setup_queues, Pool._get_sentinels, Pool._wait_for_updates,
# Pool._get_worker_sentinels, Pool._maintain_pool, Pool._help_stuff_finish
# -- no queue is shared by the workers, and a thread waits for one thing.

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


def worker(
    conn,
    claim,
    initializer=None,
    initargs=(),
    wrap_exception=False,
):
    """Run the tasks that come, until the pool hangs up.

    Each needs *claim*.  To one that the pool has taken back, the answer
    is an empty message; by that, a worker also says that it is ready.

    CPython: pool.worker
    """
    # Left out: inqueue, outqueue, maxtasks -- it has a connection, and
    # the pool counts its tasks and hangs up.
    if initializer is not None:
        initializer(*initargs)
    answer = [b""]
    while True:
        try:
            conn._send_bytes(*answer)
            answer = [b""]  # nor is the last one kept while we wait
            message = conn.recv_bytes()
        except (EOFError, OSError):
            return
        if claim.acquire(False):
            answer = _pickled(_run(message, wrap_exception))


def _pickled(result):
    try:
        return dumps(result)
    except Exception as e:
        return dumps((False, MaybeEncodingError(e, result[1])))


def _run(message, wrap_exception):
    """Return what a pickled task returns, as (success, value)."""
    # Differs: a task that cannot be unpickled fails; CPython's worker ends,
    # and the call waits for ever (test_task_that_cannot_be_unpickled).
    try:
        func, args, kwds = loads(message)
        return True, func(*args, **kwds)
    except Exception as e:
        if wrap_exception:
            e = ExceptionWithTraceback(e, e.__traceback__)
        return False, e


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
            self._tell(result._set, i, obj)

    def cut_short(self, job, i, error):
        """Have *error* as the result of task *i*, the last of *job*."""
        if result := self.get(job):
            self._tell(result._cut_short, i)
            self._tell(result._set, i, (False, error))

    def fail(self, error):
        """Have all who wait get *error*."""
        for result in list(self.values()):
            self._tell(result._fail, error)

    @staticmethod
    def _tell(method, *args):
        # Differs: CPython's pool never answers again after an error in a
        # callback (test_error_in_a_callback).
        try:
            method(*args)
        except Exception:
            traceback.print_exc()


def _result(message):
    """Return (success, value) as a worker has sent it."""
    # Differs: a result that cannot be unpickled fails; CPython's pool never
    # answers again (test_result_that_cannot_be_unpickled).
    try:
        return loads(message)
    except Exception as e:
        return False, e


def _ending(exitcode):
    """Return how a worker ended, in words."""
    if exitcode is None or exitcode >= 0:
        return f"ended with exit code {exitcode}"
    try:
        return f"was killed by {signal.Signals(-exitcode).name}"
    except ValueError:  # those for real time have no names
        return f"was killed by signal {-exitcode}"


# Bytes of tasks that may wait for a worker, as many as a pipe would hold.
_ROOM = 2**16
_SMALL = 2**14  # bytes; a busy worker's socket takes that without waiting

_ends = weakref.WeakSet()  # of connections to workers


def _after_fork():
    # Whoever holds them keeps a worker from noticing that we have gone.
    for conn in list(_ends):
        conn.close()


os.register_at_fork(after_in_child=_after_fork)


# *parts* is the pickle of (func, args, kwds), *size* bytes in all.
Task = collections.namedtuple("Task", "job i parts size")


class _Crew:
    """The workers of a pool, and what its three threads do.

    None of them knows the pool, which can so be forgotten.
    """

    # Differs: CPython's workers share a queue, and its lock: one that is
    # killed while it waits for a task leaves the others without any
    # (test_idle_worker_that_is_killed).

    def __init__(self, pool, processes, make, args, maxtasks):
        self.pool = pool
        self.processes = processes
        self.make = make  # returns a Process for arguments of `worker`
        self.args = args
        self.limit = maxtasks or math.inf  # tasks for a worker
        self.state = RUN
        self.taskqueue = queue.SimpleQueue()  # of (tasks, set_length)
        # Of workers that have ended; None says that something is to do.
        self.change_notifier = queue.SimpleQueue()
        self.cache = _PoolCache(self.change_notifier)
        self.outqueue = selectors.EpollSelector()  # of connections
        bell, self.bell = Pipe(duplex=False)  # ends the result handler
        self.outqueue.register(bell, selectors.EVENT_READ)
        self.room = threading.Event()  # set when more tasks may wait
        self.mutex = threading.Lock()
        # guarded by self.mutex, and so are the workers' _held and _open:
        self.inqueue = collections.deque()  # of Task, to be sent
        self.waiting = 0  # bytes in it
        self.answers = 0  # how many have come

    def join_exited_worker(self, w):
        """Forget *w*, and fail the task that it had; return the error.

        CPython: pool.Pool._join_exited_workers
        """
        w.join()
        error = WorkerLostError(
            f"{w.name}, process {w.pid}, {_ending(w.exitcode)}"
            " before its task was done"
        )
        with self.mutex:
            self.pool.remove(w)
            while w._held and w._claim.acquire(False):
                self.put_back(w._held.pop())  # nobody has begun it
            self.hand_out()
        # Differs: CPython's call waits for ever
        # (test_worker_that_is_killed).
        for task in w._held:
            self.cache.set(task.job, task.i, (False, error))
        return error

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
            w._conn, w._claim = ours, claim
            w._held = collections.deque()  # the tasks that it was sent
            w._open = False  # may it be sent one?
            w._done = 0  # how many it has answered
            w._heard = None  # self.answers when it spoke last
            self.pool.append(w)
            self.outqueue.register(ours, selectors.EVENT_READ, w)

    def end_workers(self):
        """End the workers, whatever they do."""
        for p in self.pool:
            if p.exitcode is None:
                p.terminate()
        for p in self.pool:
            p.join()

    def running(self):
        """Return whether workers are needed."""
        if self.state == RUN:
            return True
        return bool(self.cache) and self.state != TERMINATE

    def handle_workers(self):
        """Replace workers that have ended, as long as any are needed.

        CPython: pool.Pool._handle_workers
        """
        failures = 0  # workers in turn that were never ready
        while self.running():
            w = self.change_notifier.get()
            if w is not None:
                error = self.join_exited_worker(w)
                failures = failures + 1 if w._heard is None else 0
                if failures >= self.processes:
                    # Differs: CPython starts workers without end
                    # (test_initializer_that_fails).
                    self.cache.fail(error)
            if not self.running():
                break
            if self.cache or failures < self.processes:
                self.repopulate_pool()
        self.taskqueue.put(None)

    def handle_tasks(self):
        """Pickle the tasks, and hand them out.

        CPython: pool.Pool._handle_tasks
        """
        for taskseq, set_length in iter(self.taskqueue.get, None):
            length = self.handle_taskseq(taskseq)
            if set_length and self.state != TERMINATE:
                set_length(length)
            taskseq = set_length = None  # nor kept while we wait
        if not self.bell.closed:
            self.bell.send_bytes(b"")

    def handle_taskseq(self, taskseq):
        """Do so with the tasks of one call; return how many they are."""
        i = -1
        for job, i, func, args, kwds in taskseq:
            if self.state == TERMINATE:
                break
            if func is _FAILED:
                self.cache.cut_short(job, i, args)
                break
            try:
                parts = dumps((func, args, kwds))
            except Exception as e:
                self.cache.set(job, i, (False, e))
                continue
            with self.mutex:
                size = sum(map(len, parts))
                self.inqueue.append(Task(job, i, parts, size))
                self.waiting += size
                full = self.waiting > _ROOM
                if full:
                    self.room.clear()
                if len(self.inqueue) == 1:  # else nobody had room
                    self.hand_out()
            if full and self.state != TERMINATE:
                self.room.wait()
        return i + 1

    def put_back(self, task):
        """Have *task* be the next.  Caller holds self.mutex."""
        self.inqueue.appendleft(task)
        self.waiting += task.size

    def take_back(self):
        """Take tasks back that wait behind one that takes its time."""
        idle = any(self.has_room(w, 1) for w in self.pool)
        for w in self.pool:
            if len(w._held) > 1:
                late = self.answers - w._heard > 4 * self.processes
                if (idle or late) and w._claim.acquire(False):
                    self.put_back(w._held.pop())
                    w._open = False  # until it has passed over it

    def has_room(self, w, most):
        """Return whether *w* may get a task, and has *most* then."""
        tasks = len(w._held)
        return w._open and tasks < most and w._done + tasks < self.limit

    def hand_out(self):
        """Send tasks, to who has the fewest.  Caller holds self.mutex."""
        if not self.inqueue or self.answers % (4 * self.processes) == 0:
            self.take_back()
        while self.inqueue:
            task = self.inqueue[0]
            lost = task.job not in self.cache  # it has failed as a whole
            most = 2 if task.size <= _SMALL else 1
            ready = [w for w in self.pool if self.has_room(w, most)]
            if not (lost or ready):
                return
            self.inqueue.popleft()
            self.waiting -= task.size
            if self.waiting <= _ROOM // 2 and not self.room.is_set():
                self.room.set()
            if not lost:
                self.send(min(ready, key=lambda w: len(w._held)), task)

    def send(self, w, task):
        """Send *task* to worker *w*.  Caller holds self.mutex."""
        w._held.append(task)
        w._claim.release()
        try:
            w._conn._send_bytes(*task.parts)
        except OSError:
            w._open = False  # it has ended; the worker handler takes care

    def handle_results(self):
        """Hand each result to who waits for it, and its worker a task.

        CPython: pool.Pool._handle_results
        """
        while True:
            for key, _ in self.outqueue.select():
                if key.data is None:
                    return self.close_queues()
                self.handle_result(key.data)
            key = None  # nor kept while we wait

    def handle_result(self, w):
        """Do so with what worker *w* sent."""
        try:
            message = w._conn.recv_bytes()
        except (EOFError, OSError):
            self.outqueue.unregister(w._conn)
            with self.mutex:
                w._open = False
            self.change_notifier.put(w)
            return
        task = None
        with self.mutex:
            self.answers += 1
            w._heard = self.answers
            if message:
                task = w._held.popleft()
                w._done += 1
            else:
                w._open = True
            self.hand_out()
        if w._done == self.limit:
            w._conn._hang_up()
        if task is not None:
            self.cache.set(task.job, task.i, _result(message))

    def close_queues(self):
        """Hang up, which ends workers that wait for a task."""
        for key in list(self.outqueue.get_map().values()):
            key.fileobj.close()
        self.outqueue.close()
        self.bell.close()

    def close(self):
        """Have all end once there is nothing to do."""
        self.state = CLOSE
        self.cache.closing = True
        self.change_notifier.put(None)

    def terminate_pool(self, worker_handler, task_handler, result_handler):
        """Have all end now.

        CPython: pool.Pool._terminate_pool
        """
        self.state = TERMINATE
        self.change_notifier.put(None)
        _join(worker_handler)  # from now on, no worker is started
        self.end_workers()
        self.room.set()
        self.taskqueue.put(None)
        # Differs: a callback may have called this in any of the threads;
        # in that which sends tasks, CPython's waits for ever
        # (test_pool_that_is_terminated_by_a_callback).
        if not _join(task_handler):
            self.bell.send_bytes(b"")
        _join(result_handler)
        # Differs: who waits for a result waits no longer; with CPython's,
        # for ever (test_result_of_a_terminated_pool).
        self.cache.fail(WorkerLostError("the pool was terminated"))


class Pool:
    """Run functions in *processes* processes, by default one a CPU.

    Each of them calls *initializer(\\*initargs)* first, and is replaced
    after *maxtasksperchild* tasks.  *context* has the start method.

    CPython: pool.Pool
    """

    # Differs: kwds is None by default; CPython's is a dict that the calls
    # share (test_default_of_kwds).

    _wrap_exception = True

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
            (initializer, initargs, self._wrap_exception),
            maxtasksperchild,
        )
        self._taskqueue = crew.taskqueue
        self._change_notifier = crew.change_notifier
        self._cache = crew.cache
        self._repopulate_pool = crew.repopulate_pool
        try:
            self._repopulate_pool()
        except Exception:
            crew.end_workers()
            crew.close_queues()
            raise
        self._worker_handler = _start(crew.handle_workers)
        self._task_handler = _start(crew.handle_tasks)
        self._result_handler = _start(crew.handle_results)
        threads = self._worker_handler, self._task_handler
        threads += (self._result_handler,)
        self._terminate = Finalize(
            self, crew.terminate_pool, threads, exitpriority=15
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
        except Exception as e:
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
        self._submit(result, func, iterable, result._set_length)
        if chunksize == 1:
            return result
        return (item for chunk in result for item in chunk)

    def _submit(self, result, func, iterable, set_length=None):
        tasks = self._guarded_task_generation(result._job, func, iterable)
        self._put(tasks, set_length)

    def _put(self, tasks, set_length=None):
        self._taskqueue.put((tasks, set_length))
        if not self._pool:  # none could be started the last time
            self._change_notifier.put(None)

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
        self._worker_handler.join()
        self._task_handler.join()
        self._result_handler.join()
        for p in self._pool:
            p.join()

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


def _start(target):
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def _join(thread):
    """Wait for *thread* to end; return False if we are that thread."""
    if thread is threading.current_thread():
        return False
    thread.join()
    return True


class ApplyResult:
    """What `Pool.apply_async` returns: a result that may be to come.

    CPython: pool.ApplyResult
    """

    def __init__(self, pool, callback, error_callback):
        self._pool = pool
        self._event = threading.Event()
        self._job = next(job_counter)
        self._cache = pool._cache
        self._callback = callback
        self._error_callback = error_callback
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
        try:
            if callback:
                callback(self._value)
        finally:
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
        self._success = True
        self._value = [None] * length
        self._chunksize = chunksize
        if chunksize <= 0:
            self._number_left = 0
            self._event.set()
            self._cache.remove(self._job)
        else:
            self._number_left = self._chunks = -(-length // chunksize)

    def _cut_short(self, i):
        """Expect no task behind task *i*."""
        # Differs: CPython's call waits for ever, unless this is the last
        # one anyway (test_iterable_that_raises_in_the_middle).
        self._number_left -= self._chunks - (i + 1)

    def _set(self, i, success_result):
        self._number_left -= 1
        success, result = success_result
        if success and self._success:
            start = i * self._chunksize
            self._value[start : start + self._chunksize] = result
        elif self._success:
            self._success, self._value = False, result
        # Also after a failure, the others may still be at work.
        if self._number_left == 0:
            super()._set(i, (self._success, self._value))


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
            while not self._items and self._index != self._length:
                if not self._cond.wait(timeout):
                    break
            if not self._items:
                if self._index != self._length:
                    raise TimeoutError
                self._pool = None
                raise StopIteration
            success, value = self._items.popleft()
        if success:
            return value
        raise value

    __next__ = next

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

    def _cut_short(self, i):
        """Expect no task behind task *i*: `_set_length` will tell."""

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
