"""The worker of a Pool is killed, at three moments (see `pools.killed`).

Each line says when, what came of its task, and of another task afterwards. What is not
done after some time will never be: there is nothing else to do meanwhile.
"""

import os
import signal
import threading
import time

PATIENCE = 1.5  # seconds
SETTLED = 0.2  # seconds, until a worker sleeps: in no way a program could see

shared = {}  # in the worker: what the initializer put there


def initialize(begun):
    shared.update(begun=begun)


def sleep():
    shared["begun"].release()
    time.sleep(600)


def large():
    shared["begun"].release()
    return bytes(1_000_000)


def outcome(result):
    try:
        result.get(PATIENCE)
    except Exception as error:
        return type(error).__name__
    return "done"


def waits_for_a_task(pool, begun):
    pool.apply(abs, (-1,))
    return None


def runs_one(pool, begun):
    return pool.apply_async(sleep)


def sends_a_result(pool, begun):
    """It waits, since a callback keeps the thread that would read."""
    called, leave = threading.Event(), threading.Event()

    def callback(result):
        called.set()
        leave.wait(SETTLED * 3)

    pool.apply_async(abs, (-1,), callback=callback)
    called.wait()
    return pool.apply_async(large)


def main(mp):
    for case in (waits_for_a_task, runs_one, sends_a_result):
        begun = mp.Semaphore(0)
        pool = mp.Pool(1, initialize, (begun,))
        task = case(pool, begun)
        if task is not None:
            begun.acquire()
        time.sleep(SETTLED)
        os.kill(pool._pool[0].pid, signal.SIGKILL)
        own = "" if task is None else outcome(task)
        after = outcome(pool.apply_async(abs, (-1,)))
        print(case.__name__, own, after, sep="\t", flush=True)
    for worker in mp.active_children():
        worker.kill()
    os._exit(0)  # some of the pools would never end
