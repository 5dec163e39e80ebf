"""Who is killed with SIGKILL leaves nothing behind but what others hold."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import leaks
import pytest
import support
import workers


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def mappings():
    """Count what is mapped from a file in memory."""
    return len(re.findall("/dev/shm/|/memfd:", Path("/proc/self/maps").read_text()))


def test_killed_while_holding_memory_and_locks(impl, start_method):
    ctx = impl.context(start_method)
    value, lock, ready = ctx.Value("i"), ctx.Lock(), ctx.Event()
    support.run(ctx, print)  # starts what the start method needs once
    before = leaks.snapshot()
    process = ctx.Process(
        target=workers.hold_for_ever, args=(impl.name, value, lock, ready)
    )
    process.start()
    assert ready.wait(support.TIMEOUT)
    os.kill(process.pid, signal.SIGKILL)
    support.finish(process, exitcode=-signal.SIGKILL)
    assert leaks.left_behind(before) == []
    assert value.value == 7
    assert lock.acquire(timeout=0.05) is False
    assert repr(lock) == "<Lock(owner=SomeOtherProcess)>"
    lock.release()  # whoever likes may
    assert lock.acquire(timeout=0) is True


def test_killed_again_and_again(impl):
    """No descriptor, no mapping and no block is lost each time."""
    ctx = impl.context("fork")
    value, lock = ctx.Value("i"), ctx.Semaphore(10)
    counts = []
    for _ in range(5):
        ready = ctx.Event()
        process = ctx.Process(
            target=workers.hold_for_ever, args=(impl.name, value, lock, ready)
        )
        process.start()
        assert ready.wait(support.TIMEOUT)
        process.kill()
        support.finish(process, exitcode=-signal.SIGKILL)
        counts.append((descriptors(), mappings()))
    assert counts[1:] == counts[1:2] * 4
    assert lock.get_value() == 5


@pytest.mark.parametrize("name", ["Lock", "RLock", "Semaphore", "BoundedSemaphore"])
def test_no_names_while_alive(impl, start_method, name):
    """CPython's semaphores have names where a child must find them so."""
    lock = getattr(impl.context(start_method), name)()
    found = lock._semlock.name
    if impl.ours or start_method == "fork":
        assert found is None
    else:
        assert Path("/dev/shm", f"sem.{found[1:]}").exists()


KEEP = """
import os, signal, sys
import support
impl = support.load({name!r})
ctx = impl.context({method!r})
things = [ctx.Value("i"), ctx.Array("d", 10_000), ctx.Lock(), ctx.RLock(),
          ctx.Condition(), ctx.Event(), ctx.Barrier(3), ctx.RawArray("b", 10**6)]
things[2].acquire()
print("ready", flush=True)
signal.pause()
"""


def start_python(code, *options, **kwargs):
    path = os.pathsep.join([os.path.dirname(__file__), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", code, *options],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def kill_when_ready(process):
    try:
        assert process.stdout.readline() == "ready\n"
    finally:
        process.kill()
        process.wait(support.TIMEOUT)
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL


def test_killed_interpreter_leaves_no_names(impl):
    before = leaks.snapshot()
    kill_when_ready(start_python(KEEP.format(name=impl.name, method="fork")))
    assert leaks.left_behind(before) == []


def test_minimp_starts_no_resource_tracker():
    """Nothing has a name, so nobody has to remove names afterwards."""
    code = KEEP.format(name="minimp", method="spawn").replace("signal.pause()", "")
    code += "from multiprocessing.resource_tracker import _resource_tracker as t\n"
    code += "print(t._pid)\n"
    assert support.run_python(code) == "ready\nNone\n"


def test_memory_outlives_the_process_that_made_it(impl):
    """A child goes on with value and lock when its parent is killed."""
    reader, writer = os.pipe()
    try:
        code = f"import workers; workers.outlive({impl.name!r}, {writer})"
        process = start_python(code, pass_fds=[writer])
        os.close(writer)
        kill_when_ready(process)
        assert os.read(reader, 100) == b"2000"
        assert os.read(reader, 100) == b""  # the child has ended
    finally:
        os.close(reader)


def test_ended_interpreter_prints_nothing(impl):
    """No complaint at the end about what was never freed."""
    code = KEEP.format(name=impl.name, method="fork").replace("signal.pause()", "")
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*filter(None, sys.path)])},
        capture_output=True,
        text=True,
        timeout=support.TIMEOUT,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_waiting_process_can_be_ended(impl, start_method, signum):
    """A wait for a lock is no reason to outlive a signal."""
    ctx = impl.context(start_method)
    lock, answer, ready = ctx.Lock(), ctx.RawValue("i", 5), ctx.Event()
    lock.acquire()
    process = ctx.Process(target=workers.wait_for_lock, args=(lock, ready, answer))
    process.start()
    assert ready.wait(support.TIMEOUT)
    os.kill(process.pid, signum)
    support.finish(process, exitcode=-signum)
    assert answer.value == 5
    lock.release()
    assert lock.acquire(timeout=0)
