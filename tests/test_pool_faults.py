"""Pools when something goes wrong: who is killed, stopped or asked to end."""

import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pool_workers as workers
import pytest
import support

import minimp
from minimp import pool as pools

SQUARES = [n * n for n in range(100)]
BIG = 10**7  # bytes, more than a socket takes


@pytest.fixture(params=support.START_METHODS)
def ctx(request):
    return support.load("minimp").context(request.param)


@pytest.fixture
def fork():
    return support.load("minimp").context("fork")


def get(result):
    return result.get(support.TIMEOUT)


def works(pool):
    return pool.map(workers.square, range(100), 1) == SQUARES


def ends(pool):
    """Return whether the pool can be joined."""
    thread = threading.Thread(target=pool.join, daemon=True)
    thread.start()
    thread.join(support.TIMEOUT)
    return not thread.is_alive()


def stop(pid):
    """Stop a process, and return when it has stopped."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_the_end_of(pids):
    deadline = time.monotonic() + support.TIMEOUT
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- workers that are killed ------------------------------------------------


def test_killed_while_idle(ctx):
    with ctx.Pool(2) as pool:
        for _ in range(3):
            assert works(pool)
            pool._pool[0].kill()  # or the one before, which has just ended
    assert ends(pool)


def test_killed_while_it_receives(fork):
    """The task has not begun: another worker does it."""
    with fork.Pool(1) as pool:
        pid = pool.apply(workers.pid)
        stop(pid)
        result = pool.apply_async(len, (bytes(BIG),))
        small = pool.apply_async(workers.square, (3,))
        result.wait(0.1)  # until the socket is full; if not, all the better
        os.kill(pid, signal.SIGKILL)
        assert (get(result), get(small)) == (BIG, 9)
    assert ends(pool)


def test_killed_while_it_sends(fork):
    """What was sent before is not lost, and a part is not taken for a whole."""
    event = threading.Event()
    with fork.Pool(1) as pool:
        pid = pool.apply(workers.pid)
        first = pool.apply_async(
            workers.square, (7,), callback=lambda _: event.wait(support.TIMEOUT)
        )
        good = [pool.apply_async(workers.square, (n,)) for n in range(3)]
        killed = pool.apply_async(workers.die_while_it_is_sent, (BIG,))
        later = [pool.apply_async(workers.square, (n,)) for n in range(3)]
        wait_for_the_end_of([pid])  # nobody has read what it has sent
        event.set()
        assert [get(result) for result in [first, *good]] == [49, 0, 1, 4]
        with pytest.raises(minimp.WorkerLostError, match="exitcode=-SIGKILL"):
            get(killed)
        assert [get(result) for result in later] == [0, 1, 4]
    assert ends(pool)


@pytest.mark.parametrize("size", [None, BIG * 30], ids=["in a task", "sending"])
def test_killed_while_its_child_keeps_the_connection(fork, size):
    reader, writer = fork.Pipe(duplex=False)
    with reader, writer, fork.Pool(2, workers.share, (reader, writer)) as pool:
        with pytest.raises(minimp.WorkerLostError, match="exitcode=-SIGKILL"):
            get(pool.apply_async(workers.end_before_your_child, (size,)))
        assert works(pool)
    assert ends(pool)


def test_terminated_while_a_child_keeps_the_connection(fork):
    reader, writer = fork.Pipe(duplex=False)
    with reader, writer:
        pool = fork.Pool(2, workers.share, (reader, writer))
        result = pool.apply_async(workers.end_before_your_child, (BIG * 30,))
        result.wait(0.05)
        pool.terminate()
        assert ends(pool)
    assert result.ready()


def test_worker_that_closes_its_connection(fork):
    with fork.Pool(2) as pool:
        with pytest.raises(minimp.WorkerLostError, match="exitcode=0"):
            get(pool.apply_async(workers.close_all_descriptors))
        assert works(pool)
    assert ends(pool)


def test_stopped_worker_holds_up_its_own_task_only(fork):
    with fork.Pool(2) as pool:
        assert works(pool)
        pid = pool._pool[0].pid
        stop(pid)
        results = pool.imap_unordered(workers.square, range(100))
        done = [results.next(support.TIMEOUT) for _ in range(99)]
        os.kill(pid, signal.SIGCONT)
        assert sorted([*done, *results]) == SQUARES
    assert ends(pool)


def test_nothing_waits_for_ever_behind_a_stopped_worker(fork):
    """Also where the others always have something to do."""
    with fork.Pool(2) as pool:
        assert works(pool)
        stop(pool._pool[0].pid)
        results = pool.imap_unordered(workers.add, itertools.count())
        missing = set(range(30))
        for _ in range(10_000):
            missing.discard(results.next(support.TIMEOUT))
        os.kill(pool._pool[0].pid, signal.SIGCONT)
    assert ends(pool)
    assert not missing


def test_terminated_while_it_sends_to_a_stopped_worker(fork, monkeypatch):
    monkeypatch.setattr(pools, "_GRACE", 0.1)
    pool = fork.Pool(1)
    assert works(pool)
    stop(pool._pool[0].pid)
    results = [pool.apply_async(len, (bytes(BIG),)) for _ in range(3)]
    results[0].wait(0.1)
    pool.terminate()
    assert ends(pool)
    ended = minimp.WorkerLostError, "the pool was terminated"
    assert [support.outcome(r.get, 0) for r in results] == [ended] * 3


def test_many_tasks_of_one_life_each(fork):
    pool = fork.Pool(3, maxtasksperchild=1)
    pids = set(pool.map(workers.pid, range(100), 1))
    pool.close()
    assert ends(pool)
    assert len(pids) == 100


# --- who asks the interpreter to end ----------------------------------------


def exit_in_callback(_):
    sys.exit("in the callback")


def test_exit_in_a_callback(fork, capfd):
    with fork.Pool(1) as pool:
        result = pool.apply_async(workers.square, (3,), callback=exit_in_callback)
        assert get(result) == 9
        assert works(pool)
    assert ends(pool)
    assert "SystemExit: in the callback" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("func", "arg"),
    [(workers.square, workers.Exits()), (workers.make, workers.ExitsLater)],
    ids=["a task", "a result"],
)
def test_exit_where_it_is_pickled(fork, func, arg):
    """It is raised where the result is asked for, as any other error."""
    with fork.Pool(1) as pool:
        with pytest.raises(SystemExit, match="here"):
            get(pool.apply_async(func, (arg,)))
        assert works(pool)
    assert ends(pool)


def test_exit_in_an_iterable(fork):
    with fork.Pool(1) as pool:
        results = pool.imap(workers.square, workers.numbers_and_exit())
        assert results.next(support.TIMEOUT) == 0
        with pytest.raises(SystemExit, match="here"):
            results.next(support.TIMEOUT)
        assert works(pool)
    assert ends(pool)


def test_iterable_that_waits_for_ever(fork):
    """The pool can be terminated; only `join` waits for the iterable."""
    event = threading.Event()

    def numbers():
        yield 3
        event.wait(support.TIMEOUT)

    pool = fork.Pool(1)
    results = pool.imap(workers.square, numbers())
    assert results.next(support.TIMEOUT) == 9
    pool.terminate()
    ended = minimp.WorkerLostError, "the pool was terminated"
    assert support.outcome(results.next, 0) == ended
    event.set()
    assert ends(pool)


def test_unpicklable_exception(impl):
    module = pools if impl.ours else multiprocessing.pool
    with impl.context("fork").Pool(1) as pool:
        for _ in range(3):
            with pytest.raises(module.MaybeEncodingError, match="<lambda>"):
                get(pool.apply_async(workers.raise_unsendable))
            with pytest.raises(module.MaybeEncodingError, match="<lambda>"):
                get(pool.map_async(workers.raise_unsendable, range(5), 1))
    pool.join()


# --- ends -------------------------------------------------------------------

INTERRUPTED = """
import sys, support, pool_workers
with support.load(sys.argv[1]).context("fork").Pool(3) as pool:
    pool.map(pool_workers.square, range(10))
    print(*[w.pid for w in pool._pool], flush=True)
    pool.map(pool_workers.wait_for_ever_with, range(5), 1)
"""


def start(program, name):
    path = [os.path.dirname(__file__), *filter(None, sys.path)]
    return subprocess.Popen(
        [sys.executable, "-c", program, name],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_ctrl_c():
    """The whole group gets SIGINT; all of it ends, where CPython's may hang."""
    with start(INTERRUPTED, "minimp") as program:
        pids = list(map(int, program.stdout.readline().split()))
        os.killpg(program.pid, signal.SIGINT)
        try:
            _, err = program.communicate(timeout=support.TIMEOUT)
        finally:
            program.kill()
    assert program.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    wait_for_the_end_of(pids)


AT_WORK = """
import sys, support, pool_workers
pool = support.load(sys.argv[1]).context("fork").Pool(3)
print(*[w.pid for w in pool._pool], flush=True)
pool.map(pool_workers.nap_then_square, [30] * 1000, 1)
"""


def test_parent_is_killed_while_they_work(impl):
    with start(AT_WORK, impl.name) as program:
        pids = list(map(int, program.stdout.readline().split()))
        program.kill()
        program.communicate(timeout=support.TIMEOUT)
    wait_for_the_end_of(pids)


@pytest.mark.parametrize("first", ["close", "terminate"])
@pytest.mark.parametrize("second", ["close", "terminate", "join"])
def test_ends_in_any_order(impl, first, second):
    pool = impl.context("fork").Pool(2)
    result = pool.map_async(workers.square, range(100), 1)
    get(result)
    getattr(pool, first)()
    getattr(pool, second)()
    pool.terminate()
    pool.close()
    assert ends(pool)
    assert result.get(0) == SQUARES


def test_closed_by_a_callback(impl):
    pool = impl.context("fork").Pool(2)
    pool.apply_async(workers.square, (3,), callback=lambda _: pool.close())
    assert ends_once_closed(pool)


def ends_once_closed(pool):
    deadline = time.monotonic() + support.TIMEOUT
    while "RUN" in repr(pool):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return ends(pool)


def test_call_that_comes_while_another_thread_ends_the_pool(fork):
    """It is refused, done, or fails, but nobody waits for ever."""
    for _ in range(20):
        pool = fork.Pool(1)
        results = []

        def ask(pool=pool, results=results):
            try:
                while True:
                    results.append(pool.apply_async(workers.square, (3,)))
            except ValueError:
                pass

        thread = threading.Thread(target=ask)
        thread.start()
        while not results:
            time.sleep(0)
        pool.terminate()
        thread.join(support.TIMEOUT)
        assert ends(pool)
        kinds = {support.outcome(get, result)[0] for result in results}
        assert kinds <= {"returned", minimp.WorkerLostError}


# --- with the other implementation ------------------------------------------


@pytest.mark.parametrize("inner", ["minimp", "cpython"])
def test_pool_in_a_process_of_the_other(start_method, inner):
    outer = {"minimp": "cpython", "cpython": "minimp"}[inner]
    ctx = support.load(outer).context(start_method)
    support.run(ctx, workers.nested, inner, start_method)


@pytest.mark.parametrize("ours", ["Lock", "Pool"])
def test_locks_in_a_pool_of_the_other(start_method, ours):
    lock_of, pool_of = "minimp cpython".split()
    if ours == "Pool":
        lock_of, pool_of = pool_of, lock_of
    locks = support.load(lock_of).context(start_method)
    things = locks.Lock(), locks.RawValue("i", 0)
    pool_ctx = support.load(pool_of).context(start_method)
    with pool_ctx.Pool(2, workers.share, things) as pool:
        pool.map(workers.count, range(200), 1)
    pool.join()
    assert things[1].value == 200
