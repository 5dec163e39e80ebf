"""Pools: one body, both implementations."""

import collections
import gc
import inspect
import multiprocessing
import os
import pickle
import random
import re
import signal
import threading
import time
import warnings
from multiprocessing import pool as cpython_pool

import pool_workers as workers
import pytest
import support

import minimp.pool

POOLS = {"cpython": cpython_pool, "minimp": minimp.pool}


@pytest.fixture
def module(impl):
    return POOLS[impl.name]


@pytest.fixture
def ctx(impl):
    return impl.context("fork")


@pytest.fixture
def pool(ctx):
    with ctx.Pool(2) as made:
        yield made
    made.join()


def finish(pool):
    pool.close()
    join(pool)


def join(pool):
    """Join, but not for ever."""
    thread = threading.Thread(target=pool.join, daemon=True)
    thread.start()
    thread.join(support.TIMEOUT)
    assert not thread.is_alive(), "the pool does not end"


def get(result):
    return result.get(support.TIMEOUT)


def only_minimp(impl):
    if not impl.ours:
        pytest.skip("CPython's waits for ever")


# --- calls ------------------------------------------------------------------


def test_apply(pool):
    assert pool.apply(workers.square, (5,)) == 25
    assert pool.apply(workers.add, (1,), {"y": 2}) == 3
    assert pool.apply(workers.add, args=[1], kwds={"y": 2}) == 3
    assert pool.apply(dict) == {}


@pytest.mark.parametrize("chunksize", [None, 1, 3, 100])
@pytest.mark.parametrize("length", [0, 1, 10, 101])
def test_map_and_its_kin(pool, length, chunksize):
    numbers = range(length)
    squares = [n * n for n in numbers]
    pairs = list(zip(numbers, numbers, strict=True))
    assert pool.map(workers.square, numbers, chunksize) == squares
    assert pool.map(workers.square, iter(numbers), chunksize) == squares
    assert get(pool.map_async(workers.square, numbers, chunksize)) == squares
    sums = [2 * n for n in numbers]
    assert pool.starmap(workers.add, pairs, chunksize) == sums
    assert get(pool.starmap_async(workers.add, pairs, chunksize)) == sums
    size = chunksize or 1
    assert list(pool.imap(workers.square, numbers, size)) == squares
    assert sorted(pool.imap_unordered(workers.square, numbers, size)) == squares


@pytest.mark.parametrize("method", ["imap", "imap_unordered"])
@pytest.mark.parametrize("chunksize", [0, -1])
def test_chunksize_too_small(pool, method, chunksize):
    call = getattr(pool, method), workers.square, [1], chunksize
    assert support.outcome(*call) == (
        ValueError,
        f"Chunksize must be 1+, not {chunksize}",
    )


def test_chunksize_0_does_nothing(pool):
    assert pool.map(workers.square, [1, 2], 0) == [None, None]


def test_under_every_start_method(impl, start_method):
    with impl.context(start_method).Pool(2) as pool:
        assert pool.map(workers.square, range(20)) == [n * n for n in range(20)]
    pool.join()


def test_imap_is_lazy(pool):
    """It takes an endless iterable, and gives what is there."""
    it = pool.imap(workers.square, iter(int, 1))
    assert [next(it) for _ in range(10)] == [0] * 10


def test_imap_gives_in_order_what_comes_out_of_order(pool):
    assert list(pool.imap(workers.nap_then_square, [3, 0, 2, 1])) == [9, 0, 4, 1]


def test_timeouts(pool, impl):
    result = pool.apply_async(workers.wait_for_ever)
    iterator = pool.imap(time.sleep, [1000])
    refused = multiprocessing.TimeoutError, ""
    assert support.outcome(result.get, 0.01) == refused
    assert support.outcome(iterator.next, 0.01) == refused
    assert result.wait(0.01) is None
    assert result.ready() is False
    assert support.outcome(result.successful) == (ValueError, f"{result!r} not ready")


def test_results(pool, module):
    result = pool.apply_async(workers.square, (3,))
    assert type(result) is module.ApplyResult is module.AsyncResult
    assert get(result) == get(result) == 9
    assert (result.ready(), result.successful()) == (True, True)
    result = pool.map_async(workers.raise_key_error, [1])
    assert type(result) is module.MapResult
    result.wait(support.TIMEOUT)
    assert (result.ready(), result.successful()) == (True, False)


def test_all_workers_take_part(ctx):
    barrier = ctx.Barrier(3)
    with ctx.Pool(3, workers.share, (barrier,)) as pool:
        numbers = list(range(30))
        assert pool.map(workers.meet_the_other, numbers, chunksize=1) == numbers
    pool.join()


def events(event):
    """Yield a wait for the event, and what sets it soon after, and more."""
    yield from ("wait", "nothing", "set")
    while not event.is_set():
        yield "nothing"


def test_no_task_waits_behind_one_that_waits_for_it(ctx):
    event = ctx.Event()
    with ctx.Pool(2, workers.share, (event,)) as pool:
        tasks = ["wait", "nothing", "set"]
        assert pool.map(workers.wait_or_set, tasks, chunksize=1) == tasks
        event.clear()
        tasks = ["wait"] + ["nothing"] * 50 + ["set"]
        assert pool.map(workers.wait_or_set, tasks, chunksize=1) == tasks
        event.clear()
        done = list(pool.imap_unordered(workers.wait_or_set, events(event)))
        assert {"wait", "set"} <= set(done)
    pool.join()


# --- callbacks --------------------------------------------------------------


def test_callbacks(pool):
    good, bad = [], []
    callbacks = {"callback": good.append, "error_callback": bad.append}
    get(pool.apply_async(workers.square, (2,), **callbacks))
    get(pool.map_async(workers.square, [1, 2, 3], **callbacks))
    get(pool.starmap_async(workers.add, [(1, 2)], **callbacks))
    assert (good, bad) == ([4, [1, 4, 9], [3]], [])
    results = [
        pool.apply_async(workers.raise_key_error, **callbacks),
        pool.map_async(workers.raise_key_error, [1, 2, 3], 1, **callbacks),
    ]
    for result in results:
        assert support.outcome(get, result) == (KeyError, "'the key'")
    assert [repr(error) for error in bad] == ["KeyError('the key')"] * 2
    assert len(good) == 3


def test_error_in_a_callback(impl, ctx, capfd):
    only_minimp(impl)
    with ctx.Pool(1) as pool:
        result = pool.apply_async(workers.square, (2,), callback=lambda _: 1 / 0)
        assert get(result) == 4
        assert pool.apply(workers.square, (3,)) == 9
    pool.join()
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_callback_that_asks_for_more(pool):
    results = []

    def more(value):
        results.append(pool.apply_async(workers.square, (value,)))

    get(pool.apply_async(workers.square, (3,), callback=more))
    assert get(results[0]) == 81


# --- errors of tasks --------------------------------------------------------


def test_remote_traceback(pool, module):
    with pytest.raises(KeyError, match="the key") as caught:
        pool.apply(workers.raise_key_error)
    cause = caught.value.__cause__
    assert type(cause) is module.RemoteTraceback
    lines = str(cause).strip('\n"').splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "KeyError: 'the key'"
    assert '    raise KeyError("the key")  # this line is told' in lines


@pytest.mark.parametrize("method", ["map", "imap", "imap_unordered"])
def test_first_error_of_many(pool, method):
    call = getattr(pool, method), workers.raise_key_error, range(5)
    with pytest.raises(KeyError, match="the key"):
        list(call[0](*call[1:]))


@pytest.mark.parametrize("method", ["map", "starmap", "imap", "imap_unordered"])
def test_iterable_that_raises(pool, method):
    with pytest.raises(KeyError, match="3") as caught:
        list(getattr(pool, method)(workers.square, workers.numbers_up_to(3)))
    assert caught.value.__cause__ is None


def test_iterable_that_raises_while_it_is_sent(pool):
    iterable = workers.LongerThanItIs(4, stop=3)
    assert support.outcome(pool.map, workers.square, iterable, 1) == (KeyError, "3")


def test_iterable_that_raises_in_the_middle(impl, pool):
    only_minimp(impl)
    iterable = workers.LongerThanItIs(10, stop=3)
    assert support.outcome(pool.map, workers.square, iterable, 1) == (KeyError, "3")
    assert pool.apply(workers.square, (3,)) == 9


def test_unpicklable_task(pool):
    error = ZeroDivisionError, "not this one"
    args = workers.square, [workers.Unpicklable()]
    assert support.outcome(pool.map, *args) == error
    assert support.outcome(pool.apply, *args) == error
    assert support.outcome(list, pool.imap(*args)) == error
    kind, text = support.outcome(pool.apply, lambda: 1)
    assert kind in (pickle.PicklingError, AttributeError)
    assert "<lambda>" in text


def test_unpicklable_result(pool, module):
    with pytest.raises(module.MaybeEncodingError) as caught:
        pool.apply(workers.unpicklable_result)
    error = caught.value
    text = str(error)
    assert text == f"Error sending result: '{error.value}'. Reason: '{error.exc}'"
    assert repr(error) == f"<MaybeEncodingError: {text}>"
    assert "<lambda>" in error.value
    assert pool.apply(workers.square, (3,)) == 9


def test_result_that_cannot_be_unpickled(impl, ctx):
    only_minimp(impl)
    with ctx.Pool(1) as pool:
        with pytest.raises(TypeError, match="required positional argument: 'two'"):
            pool.apply(workers.fails_when_pickled)
        assert pool.apply(workers.square, (3,)) == 9
    pool.join()


def test_task_that_cannot_be_unpickled(impl, ctx):
    only_minimp(impl)
    with ctx.Pool(1) as pool:
        before = pool.apply(workers.pid)
        with pytest.raises(ImportError, match="not in a worker"):
            pool.apply(workers.square, (workers.OnlyHere(),))
        assert pool.apply(workers.pid) == before
    pool.join()


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue", "Lock", "Value"])
def test_what_a_pool_refuses(ctx, pool, kind):
    thing = ctx.Value("i") if kind == "Value" else getattr(ctx, kind)()
    name = "Synchronized" if kind == "Value" else kind
    text = f"{name} objects should only be shared between processes through inheritance"
    told = []
    result = pool.apply_async(print, (thing,), error_callback=told.append)
    assert support.outcome(get, result) == (RuntimeError, text)
    assert [str(error) for error in told] == [text]
    if kind.endswith("Queue"):
        thing.close()


# --- workers ----------------------------------------------------------------


def test_initializer(impl, start_method):
    ctx = impl.context(start_method)
    check_queue_of_initializer(ctx.Pool, ctx.Queue())


@pytest.mark.parametrize("ours", ["Pool", "Queue"])
def test_ours_with_theirs(start_method, ours):
    """A queue of either goes to a pool of the other."""
    mixed = vars(support.load("cpython").context(start_method)).copy()
    mixed[ours] = getattr(support.load("minimp").context(start_method), ours)
    check_queue_of_initializer(mixed["Pool"], mixed["Queue"]())


def check_queue_of_initializer(make_pool, queue):
    """The workers receive what is put here into the queue that they got."""
    with make_pool(2, workers.share, (queue,)) as pool:
        result = pool.map_async(workers.receive_shared, range(4), 1)
        for number in range(4):
            queue.put(number)
        assert sorted(get(result)) == [0, 1, 2, 3]
    pool.join()
    queue.close()
    queue.join_thread()


@pytest.mark.parametrize("how", [workers.wait_for_ever, workers.stop_yourself])
def test_worker_that_does_not_end(impl, ctx, monkeypatch, how):
    """It ignores SIGTERM, or is stopped, and so cannot notice it."""
    only_minimp(impl)
    monkeypatch.setattr(minimp.pool, "_GRACE", 0.1)
    pool = ctx.Pool(2, workers.ignore_sigterm)
    pool.apply_async(how)
    pool.apply(workers.square, (3,))  # it has begun the other one
    pool.terminate()
    join(pool)
    codes = {w.exitcode for w in pool._pool}
    assert codes <= {-signal.SIGKILL, 0}
    assert -signal.SIGKILL in codes


class FailingContext:
    """A start method that sometimes fails, as where processes are too many."""

    def __init__(self, ctx):
        self.ctx = ctx
        self.fails = False

    def Process(self, **kwargs):
        if self.fails:
            raise BlockingIOError("no more processes")
        return self.ctx.Process(**kwargs)


def test_worker_that_cannot_be_replaced(impl, ctx):
    """The others do its work; without any, calls fail, until one can start."""
    only_minimp(impl)
    failing = FailingContext(ctx)
    with minimp.pool.Pool(2, context=failing) as pool:
        failing.fails = True
        for number in (1, 0):
            with pytest.raises((minimp.WorkerLostError, BlockingIOError)):
                get(pool.apply_async(workers.kill_yourself))
            wait_for(lambda n=number: len(pool._pool) == n)
            if number:
                assert pool.map(workers.square, range(5)) == [0, 1, 4, 9, 16]
        for _ in range(2):
            refused = BlockingIOError, "no more processes"
            assert support.outcome(get, pool.apply_async(workers.pid)) == refused
        failing.fails = False
        assert get(pool.apply_async(workers.square, (3,))) == 9
        wait_for(lambda: len(pool._pool) == 2)
    pool.join()


def wait_for(condition):
    deadline = time.monotonic() + support.TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("limit", [1, 3])
def test_maxtasksperchild(ctx, limit):
    pool = ctx.Pool(2, maxtasksperchild=limit)
    counts = collections.Counter(pool.map(workers.pid, range(12), chunksize=1))
    finish(pool)
    assert len(counts) >= 12 // limit
    assert max(counts.values()) <= limit


def test_order_across_workers_of_few_tasks(ctx):
    """What one worker leaves undone comes before what was put behind it."""
    for _ in range(20):
        counter = ctx.Value("i", 0)
        pool = ctx.Pool(1, workers.share, (counter,), maxtasksperchild=2)
        assert pool.map(workers.turn, range(12), chunksize=1) == [*range(1, 13)]
        finish(pool)


def test_names_of_workers(ctx):
    with ctx.Pool(2) as pool:
        names = [w.name for w in pool._pool]
        assert all(re.fullmatch(r"\w*PoolWorker-[\d:]+", name) for name in names)
        assert all(w.daemon for w in pool._pool)
    pool.join()


def test_worker_that_is_killed(impl, start_method):
    only_minimp(impl)
    with impl.context(start_method).Pool(2) as pool:
        result = pool.apply_async(workers.kill_yourself)
        with pytest.raises(minimp.WorkerLostError) as caught:
            get(result)
        assert re.fullmatch(
            r"<\w+ name='\w+PoolWorker-\d+' pid=\d+ parent=\d+ stopped"
            " exitcode=-SIGKILL daemon> ended before its task was done",
            str(caught.value),
        )
        assert pool.map(workers.square, range(10)) == [n * n for n in range(10)]
        wait_for(lambda: len(pool._pool) == 2)  # one does all until then
    pool.join()


def test_worker_that_ends_itself(impl, ctx, capfd):
    only_minimp(impl)
    with ctx.Pool(1) as pool:
        result = pool.apply_async(workers.end_yourself, (3,))
        text = "exitcode=3 daemon> ended before its task was done"
        with pytest.raises(minimp.WorkerLostError, match=text):
            get(result)
        assert pool.apply(workers.square, (3,)) == 9
    pool.join()


@pytest.mark.parametrize("method", ["imap", "imap_unordered"])
def test_only_the_task_of_the_killed_worker_fails(impl, ctx, method):
    only_minimp(impl)
    received, lost = [], []
    with ctx.Pool(2) as pool:
        numbers = [(n, 5) for n in range(20)]
        it = getattr(pool, method)(_kill_at, numbers)
        while True:
            try:
                received.append(it.next(support.TIMEOUT))
            except StopIteration:
                break
            except minimp.WorkerLostError as error:
                lost.append(error)
    pool.join()
    assert sorted(received) == [n for n in range(20) if n != 5]
    assert len(lost) == 1


def _kill_at(pair):
    return workers.kill_yourself_at(*pair)


def test_idle_worker_that_is_killed(impl, ctx):
    """It holds no lock that the others need, and begins none of the tasks."""
    only_minimp(impl)
    with ctx.Pool(3) as pool:
        pool.map(workers.square, range(10))
        for w in list(pool._pool):
            os.kill(w.pid, signal.SIGKILL)
            assert pool.map(workers.square, range(10)) == [n * n for n in range(10)]
    pool.join()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_1000_tasks_while_workers_are_killed(impl, ctx, seed):
    """Each is done, or fails and says so: none is lost silently."""
    only_minimp(impl)
    rng, outcomes = random.Random(seed), []
    with ctx.Pool(4) as pool:
        results = [
            pool.apply_async(workers.nap_then_square, (n % 2,)) for n in range(1000)
        ]
        for number, result in enumerate(results):
            if number % 50 == 0:
                with_pid = [w.pid for w in list(pool._pool) if w.is_alive()]
                if with_pid:
                    os.kill(rng.choice(with_pid), signal.SIGKILL)
            outcomes.append(support.outcome(get, result)[0])
        assert pool.apply(workers.square, (3,)) == 9
    pool.join()
    counts = collections.Counter(outcomes)
    assert set(counts) <= {"returned", minimp.WorkerLostError}
    assert counts.total() == 1000
    assert counts["returned"] >= 900


def test_initializer_that_fails(impl, ctx, capfd):
    """The call fails; it starts no workers without end."""
    only_minimp(impl)
    with ctx.Pool(2, workers.fail_to_start) as pool:
        for _ in range(2):
            result = pool.apply_async(workers.square, (3,))
            text = "exitcode=1 daemon> ended before its task was done"
            with pytest.raises(minimp.WorkerLostError, match=text):
                get(result)
        wait_for(lambda: not pool._pool)  # nobody asks for another attempt
        assert not any(pool._pool or time.sleep(0.002) for _ in range(50))
    pool.join()
    told = capfd.readouterr().err
    assert told.count("ZeroDivisionError: in the initializer") < 20


PARENT = """
import os, signal, sys, support
pool = support.load(sys.argv[1]).context("fork").Pool(3)
print(*[w.pid for w in pool._pool], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_end_when_the_parent_is_killed(impl):
    out = support.run_python(PARENT, impl.name, status=-signal.SIGKILL)
    deadline = time.monotonic() + support.TIMEOUT
    for pid in map(int, out.split()):
        while os.path.exists(f"/proc/{pid}") and _state(pid) != "Z":
            assert time.monotonic() < deadline
            time.sleep(0.01)


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


# --- states -----------------------------------------------------------------


def test_arguments(ctx):
    few = ValueError, "Number of processes must be at least 1"
    assert support.outcome(ctx.Pool, 0) == few
    assert support.outcome(ctx.Pool, -1) == few
    tasks = ValueError, "maxtasksperchild must be a positive int or None"
    for number in (0, -1, 0.5, "12"):
        assert support.outcome(ctx.Pool, 1, maxtasksperchild=number) == tasks
    called = TypeError, "initializer must be a callable"
    assert support.outcome(ctx.Pool, 1, 5) == called


def test_default_of_kwds(impl, module):
    defaults = [
        inspect.signature(method).parameters["kwds"].default
        for method in (module.Pool.apply, module.Pool.apply_async)
    ]
    assert defaults == ([None] * 2 if impl.ours else [{}] * 2)


def test_repr(ctx, module):
    pool = ctx.Pool(2)
    name = f"{module.__name__}.Pool"
    assert repr(pool) == f"<{name} state=RUN pool_size=2>"
    pool.close()
    assert repr(pool) == f"<{name} state=CLOSE pool_size=2>"
    pool.terminate()
    assert repr(pool) == f"<{name} state=TERMINATE pool_size=2>"
    pool.join()


@pytest.mark.parametrize("end", ["close", "terminate"])
def test_pool_that_has_ended(ctx, end):
    pool = ctx.Pool(1)
    running = ValueError, "Pool is still running"
    assert support.outcome(pool.join) == running
    getattr(pool, end)()
    calls = [
        (pool.apply, print),
        (pool.apply_async, print),
        (pool.map, print, []),
        (pool.map_async, print, []),
        (pool.starmap, print, []),
        (pool.starmap_async, print, []),
        (pool.imap, print, []),
        (pool.imap_unordered, print, []),
        (pool.__enter__,),
    ]
    refused = ValueError, "Pool not running"
    assert [support.outcome(*call) for call in calls] == [refused] * len(calls)
    join(pool)
    assert pool.join() is None
    assert getattr(pool, end)() is None
    pool.terminate()
    pool.join()


def test_close_lets_all_tasks_end(ctx):
    pool = ctx.Pool(2)
    results = [pool.apply_async(workers.nap_then_square, (n,)) for n in range(6)]
    it = pool.imap(workers.square, range(50))
    finish(pool)
    assert [result.get(0) for result in results] == [0, 1, 4, 9, 16, 25]
    assert list(it) == [n * n for n in range(50)]
    assert [w.exitcode for w in pool._pool] == [0, 0]


def test_close_with_tasks_of_few_lives(ctx):
    pool = ctx.Pool(2, maxtasksperchild=1)
    result = pool.map_async(workers.nap_then_square, range(6), 1)
    finish(pool)
    assert result.get(0) == [0, 1, 4, 9, 16, 25]


def test_terminate_while_full(ctx):
    pool = ctx.Pool(2)
    pool.map_async(time.sleep, [1000] * 10_000, chunksize=1)
    pool.imap(len, (bytes(10**6) for _ in range(1000)))
    pool.terminate()
    join(pool)
    assert all(w.exitcode is not None for w in pool._pool)


def test_result_of_a_terminated_pool(impl, ctx):
    only_minimp(impl)
    told = []
    with ctx.Pool(1) as pool:
        result = pool.apply_async(workers.wait_for_ever, error_callback=told.append)
        mapped = pool.map_async(workers.square, range(10), 1)
        it = pool.imap(workers.square, range(10))
    ended = minimp.WorkerLostError, "the pool was terminated"
    assert support.outcome(result.get, 0) == ended
    assert support.outcome(mapped.get, 0) == ended
    assert support.outcome(it.next, 0) == ended
    assert support.outcome(it.next, 0) == (StopIteration, "")
    assert [str(error) for error in told] == ["the pool was terminated"]
    pool.join()


@pytest.mark.parametrize(
    ("kind", "func", "args"),
    [
        ("callback", workers.square, (3,)),  # in the result handler
        ("error_callback", workers.square, (workers.Unpicklable(),)),  # task handler
        ("error_callback", workers.kill_yourself, ()),  # worker handler
    ],
    ids=["result", "task", "worker"],
)
def test_pool_that_is_terminated_by_a_callback(impl, ctx, kind, func, args):
    only_minimp(impl)
    pool = ctx.Pool(1)
    result = pool.apply_async(func, args, **{kind: lambda _: pool.terminate()})
    result.wait(support.TIMEOUT)
    assert result.ready()
    join(pool)


def test_pickled(pool):
    text = "pool objects cannot be passed between processes or pickled"
    assert support.outcome(pickle.dumps, pool) == (NotImplementedError, text)


def test_forgotten_pool(ctx, module):
    pool = ctx.Pool(1)
    text = f"unclosed running multiprocessing pool {pool!r}"
    children = [w.pid for w in pool._pool]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del pool
        gc.collect()
    assert [(w.category, str(w.message)) for w in caught] == [(ResourceWarning, text)]
    caught.clear()  # which has kept it
    gc.collect()
    assert not any(p.pid in children for p in multiprocessing.active_children())


LEFT_OPEN = """
import sys, support, pool_workers
pool = support.load(sys.argv[1]).context("fork").Pool(2)
print(pool.map(pool_workers.square, range(3)))
"""


def test_program_that_closes_nothing(impl):
    assert support.run_python(LEFT_OPEN, impl.name) == "[0, 1, 4]\n"
