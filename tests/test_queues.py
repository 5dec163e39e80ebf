"""Queues: one body, both implementations."""

import gc
import multiprocessing
import os
import pickle
import queue as pyqueue
import signal
import sys
import threading
import time
import weakref
from multiprocessing import connection

import pytest
import queue_workers as workers
import support

KINDS = ("Queue", "JoinableQueue", "SimpleQueue")
WITH_FEEDER = ("Queue", "JoinableQueue")


@pytest.fixture
def ctx(impl):
    return impl.context("fork")


@pytest.fixture(params=WITH_FEEDER)
def queue(ctx, request):
    made = getattr(ctx, request.param)()
    yield made
    close(made)


def close(queue):
    queue.close()
    if hasattr(queue, "join_thread"):
        queue.join_thread()


def get(queue):
    return queue.get(timeout=support.TIMEOUT)


# --- in one process ---------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_first_in_first_out(ctx, kind):
    queue = getattr(ctx, kind)()
    for number in range(100):
        queue.put(number)
    assert [queue.get() for _ in range(100)] == list(range(100))
    assert queue.empty() is True
    close(queue)


@pytest.mark.parametrize("obj", [None, (), b"", b"x" * 70_000, [bytes(10**6)] * 2])
@pytest.mark.parametrize("kind", WITH_FEEDER)
def test_any_object_of_any_size(ctx, kind, obj):
    queue = getattr(ctx, kind)()
    queue.put(obj)
    assert get(queue) == obj
    close(queue)


def test_sizes(queue):
    assert (queue.qsize(), queue.empty(), queue.full()) == (0, True, False)
    queue.put(1)
    queue.put(2)
    assert (queue.qsize(), queue.full()) == (2, False)
    assert [get(queue), get(queue)] == [1, 2]
    assert (queue.qsize(), queue.empty()) == (0, True)


@pytest.mark.parametrize("kind", WITH_FEEDER)
def test_full(ctx, kind):
    queue = getattr(ctx, kind)(2)
    queue.put(1)
    queue.put(2, block=False)
    assert queue.full() is True
    before = time.monotonic()
    refused = [
        support.outcome(queue.put, 3, False),
        support.outcome(queue.put, 3, False, 100),
        support.outcome(queue.put_nowait, 3),
        support.outcome(queue.put, 3, True, 0.05),
        support.outcome(queue.put, 3, timeout=-1),
    ]
    assert 0.05 <= time.monotonic() - before < support.TIMEOUT
    assert refused == [(pyqueue.Full, "")] * 5
    assert (get(queue), queue.full()) == (1, False)
    queue.put_nowait(3)
    assert [get(queue), get(queue)] == [2, 3]
    close(queue)


@pytest.mark.parametrize("maxsize", [0, -1])
def test_no_limit(ctx, maxsize):
    queue = ctx.Queue(maxsize)
    workers.put_all(queue, range(1000))
    assert (queue.full(), queue.qsize()) == (False, 1000)
    assert [get(queue) for _ in range(1000)] == list(range(1000))
    close(queue)


def test_empty(queue):
    before = time.monotonic()
    refused = [
        support.outcome(queue.get, False),
        support.outcome(queue.get, False, 100),
        support.outcome(queue.get_nowait),
        support.outcome(queue.get, True, 0.05),
        support.outcome(queue.get, timeout=-1),
    ]
    assert 0.05 <= time.monotonic() - before < support.TIMEOUT
    assert refused == [(pyqueue.Empty, "")] * 5


def test_get_while_another_reads(queue):
    """The time that it waits for the other counts, too."""
    with queue._rlock:
        assert support.outcome(queue.get, False) == (pyqueue.Empty, "")
        assert support.outcome(queue.get, True, 0.01) == (pyqueue.Empty, "")


def test_put_waits_for_a_place(ctx):
    queue = ctx.Queue(1)
    queue.put(1)
    thread = threading.Thread(target=queue.put, args=(2,))
    thread.start()
    assert [get(queue), get(queue)] == [1, 2]
    thread.join(support.TIMEOUT)
    close(queue)


def test_object_is_pickled_after_put(queue):
    """What changes meanwhile is sent as it is then: nobody should do that."""
    obj = workers.Changing()
    with queue._wlock:  # holds the feeder up, one object before
        queue.put(1)
        queue.put(obj)
        obj.value = "as it is now"
    assert [get(queue), get(queue)] == [1, "as it is now"]


def test_interrupted_by_nothing_else(queue):
    assert repr(queue).startswith(f"<{type(queue).__module__}.")
    assert not hasattr(queue, "__len__")


# --- closing ----------------------------------------------------------------


def test_closed_queue(queue):
    queue.put(1)
    assert get(queue) == 1
    assert queue.close() is None
    text = f"Queue {queue!r} is closed"
    for call in (queue.get, queue.get_nowait):
        assert support.outcome(call) == (ValueError, text)
    for call in (queue.put, queue.put_nowait):
        assert support.outcome(call, 1) == (ValueError, text)
    assert queue.close() is None
    queue.join_thread()
    assert support.outcome(queue.empty) == (OSError, "handle is closed")


def test_unused_queue_stays_open_when_closed(queue):
    queue.close()
    queue.join_thread()
    assert queue.empty() is True


def test_join_thread_of_an_open_queue(queue):
    text = f"Queue {queue!r} not closed"
    assert support.outcome(queue.join_thread) == (AssertionError, text)


def test_closed_simple_queue(ctx):
    queue = ctx.SimpleQueue()
    queue.put(1)
    queue.close()
    queue.close()
    closed = OSError, "handle is closed"
    assert support.outcome(queue.empty) == closed
    assert support.outcome(queue.put, 1) == closed
    assert support.outcome(queue.get) == closed


def test_forgotten_queue_is_closed(ctx):
    queue = ctx.Queue()
    queue.put(1)
    assert get(queue) == 1
    thread, reference = queue._thread, weakref.ref(queue)
    del queue
    gc.collect()
    assert reference() is None
    thread.join(support.TIMEOUT)
    assert not thread.is_alive()


def test_object_that_was_sent_is_not_kept(queue):
    thing = threading.Event()  # cannot be pickled, but is referred to
    thing = workers.Changing()
    reference = weakref.ref(thing)
    queue.put(thing)
    del thing
    assert get(queue)
    queue.put(2)  # CPython's feeder holds one until the next
    assert get(queue) == 2
    gc.collect()
    assert reference() is None


# --- with processes ---------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_as_an_argument(impl, start_method, kind):
    ctx = impl.context(start_method)
    there, back = getattr(ctx, kind)(), getattr(ctx, kind)()
    process = ctx.Process(target=workers.give_back, args=(there, back))
    process.start()
    objects = ["hello", 2, [3.0], {"four": 4}, b"5" * 100_000]
    for obj in objects:
        there.put(obj)
        assert back.get() == obj
    there.put(None)
    support.finish(process)
    close(there)
    close(back)


@pytest.mark.parametrize("kind", KINDS)
def test_pickled_anywhere_else(ctx, kind):
    queue = getattr(ctx, kind)()
    text = f"{kind} objects should only be shared between processes through inheritance"
    assert support.outcome(pickle.dumps, queue) == (RuntimeError, text)
    close(queue)


def test_exit_without_join_loses_nothing(impl, start_method):
    ctx = impl.context(start_method)
    queue = ctx.Queue()
    objects = [bytes([n]) * 30_000 for n in range(50)]
    process = ctx.Process(target=workers.put_and_end, args=(queue, *objects))
    process.start()
    assert [get(queue) for _ in objects] == objects
    support.finish(process)
    close(queue)


def test_20_processes_put_1000_each(ctx):
    queue = ctx.Queue(100)
    processes = [
        ctx.Process(target=workers.put_and_end, args=(queue, *range(1000)))
        for _ in range(20)
    ]
    for process in processes:
        process.start()
    received = [get(queue) for _ in range(20_000)]
    support.finish(*processes)
    assert sorted(received) == sorted(list(range(1000)) * 20)
    close(queue)


def test_cancelled_join(impl, start_method):
    ctx = impl.context(start_method)
    queue = ctx.Queue()
    support.run(ctx, workers.put_more_than_fits_and_cancel, queue)
    close(queue)


def test_forked_while_a_feeder_runs(ctx):
    queue = ctx.Queue()
    queue.put("parent")
    assert get(queue) == "parent"
    support.run(ctx, workers.put_and_end, queue, "child")
    assert get(queue) == "child"
    close(queue)


# --- what goes wrong --------------------------------------------------------


def test_unpicklable_object(queue, capfd):
    """It is told of, it takes no place, and the next one comes."""
    queue.put(workers.Unpicklable())
    queue.put("next")
    assert get(queue) == "next"
    assert queue.qsize() == 0
    assert capfd.readouterr().err.endswith("ZeroDivisionError: not this one\n")


def test_hook_for_what_cannot_be_pickled(ctx, impl):
    base, told = type(ctx.Queue()), []

    class Telling(base):
        @staticmethod
        def _on_queue_feeder_error(e, obj):
            told.append((repr(e), type(obj)))

    kwargs = {} if impl.ours else {"ctx": multiprocessing.get_context("fork")}
    queue = Telling(**kwargs)
    queue.put(workers.Unpicklable())
    queue.put("next")
    assert get(queue) == "next"
    assert told == [("ZeroDivisionError('not this one')", workers.Unpicklable)]
    close(queue)


def test_unpicklable_object_at_exit(ctx, impl):
    queue = ctx.Queue()
    support.run(ctx, workers.put_late_and_end, queue)
    if impl.ours:
        assert get(queue) == "behind it"
    assert queue.empty() is True
    close(queue)


def test_join_after_an_unpicklable_object(ctx, impl, capfd):
    queue = ctx.JoinableQueue()
    queue.put(workers.Unpicklable())
    queue.put("next")
    assert get(queue) == "next"
    queue.task_done()
    thread = threading.Thread(target=queue.join, daemon=True)
    thread.start()
    if not impl.ours:
        thread.join(0.1)
        assert thread.is_alive()
        queue.task_done()  # which nobody should have to say
    thread.join(support.TIMEOUT)
    assert not thread.is_alive()
    assert "not this one" in capfd.readouterr().err
    close(queue)


def test_feeder_whose_reader_is_gone(impl):
    """A child puts more than fits; its parent, the reader, is killed."""
    ctx = impl.context("fork")
    queue, started, pids = ctx.Queue(), ctx.Event(), ctx.SimpleQueue()
    reader = ctx.Process(
        target=workers.leave_a_feeder_behind, args=(queue, started, pids)
    )
    reader.start()
    pid = pids.get()
    feeder = os.pidfd_open(pid)
    assert started.wait(support.TIMEOUT)
    queue._reader.close()  # this process reads no more
    reader.kill()
    ended = connection.wait([feeder], support.TIMEOUT if impl.ours else 0.2)
    if not impl.ours:
        os.kill(pid, signal.SIGKILL)
    support.finish(reader, exitcode=-signal.SIGKILL)
    os.close(feeder)
    assert bool(ended) is impl.ours
    pids.close()
    queue._writer.close()


BARE_FORK = """
import os, sys, support
queue = support.load(sys.argv[1]).context("fork").Queue()
queue.put("parent")
assert queue.get(timeout=30) == "parent"
if os.fork() == 0:
    queue.put("child")
    queue.close()
    queue.join_thread()
    os._exit(0)
os.wait()
print("nothing" if queue.empty() else queue.get())
"""


def test_put_after_a_bare_fork(impl):
    found = support.run_python(BARE_FORK, impl.name)
    assert found == ("child\n" if impl.ours else "nothing\n")


SINGLE = """
import sys, support
queue = support.load(sys.argv[1]).context("fork").Queue()
queue.put("never read")
"""


def test_program_that_leaves_something_unread(impl):
    assert support.run_python(SINGLE, impl.name) == ""


# --- JoinableQueue ----------------------------------------------------------


def test_task_done_too_often(ctx):
    queue = ctx.JoinableQueue()
    text = "task_done() called too many times"
    assert support.outcome(queue.task_done) == (ValueError, text)
    queue.put(1)
    assert get(queue) == 1
    queue.task_done()
    assert support.outcome(queue.task_done) == (ValueError, text)
    close(queue)


def test_join_of_an_unused_queue(ctx):
    assert ctx.JoinableQueue().join() is None


def test_join_waits_for_the_workers(impl, start_method):
    ctx = impl.context(start_method)
    queue, seen = ctx.JoinableQueue(), ctx.Queue()
    processes = [ctx.Process(target=workers.work, args=(queue, seen)) for _ in range(3)]
    for process in processes:
        process.start()
    workers.put_all(queue, range(30))
    queue.join()
    workers.put_all(queue, [None] * 3)
    queue.join()
    assert sorted(get(seen) for _ in range(30)) == list(range(30))
    support.finish(*processes)
    close(queue)
    close(seen)


# --- names ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue"])
def test_as_a_type(impl, kind):
    cls = type(getattr(impl.context("fork"), kind)())
    if impl.ours or sys.version_info >= (3, 13) or kind == "SimpleQueue":
        assert cls[int].__origin__ is cls
