"""What a test must not leave behind: descriptors, threads, processes, names.

`snapshot` is taken before each test, `left_behind` is asked after it.
What the standard library starts once and keeps is not a leak: the
resource tracker, the fork server, and the arenas of the two heaps.
"""

import gc
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import signal
import sys
import threading
import time
from typing import NamedTuple

import support

HEAPS = ("multiprocessing.heap", "minimp.heap")
GRACE = 2.0  # seconds that a thread or child which is ending may take


class Snapshot(NamedTuple):
    """Each field is a set; a test may only make them smaller."""

    descriptors: set  # of (number, what /proc says it is)
    threads: set  # of threading.Thread
    children: set  # of process ids
    names: set  # of files in /dev/shm


def snapshot():
    """Return what exists now."""
    return Snapshot(
        set(_descriptors()),
        set(threading.enumerate()),
        set(_children()),
        set(_names()),
    )


def left_behind(before):
    """Return lines that tell what exists now and did not `before`.

    Waits up to `GRACE` seconds for what is ending; the usual case, that
    nothing is left, costs no waiting and no garbage collection.
    """
    deadline = time.monotonic() + GRACE
    while new := _compare(before):
        if time.monotonic() > deadline:
            break
        gc.collect()
        multiprocessing.active_children()  # reaps what has ended
        time.sleep(0.01)
    return new


def end_children(before):
    """Kill and reap the children that did not exist `before`."""
    new = set(_children()) - before.children - _service_pids()
    for pid in new:
        os.kill(pid, signal.SIGKILL)
    for process in multiprocessing.active_children():
        if process.pid in new:
            process.join()


def _compare(before):
    now = snapshot()
    lines = [
        f"descriptor {number} -> {target}"
        for number, target in sorted(now.descriptors - before.descriptors)
        if not _is_kept(number)
    ]
    lines += [f"thread {t!r}" for t in now.threads - before.threads]
    children = now.children - before.children - _service_pids()
    lines += [f"child {_command(pid)}" for pid in sorted(children)]
    lines += [f"/dev/shm/{n}" for n in sorted(now.names - before.names)]
    return lines


def _descriptors():
    for number in os.listdir("/proc/self/fd"):
        try:
            yield int(number), os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:  # the one that listed the folder
            pass


def _names():
    """Yield the names in /dev/shm, but for those of other programs.

    A semaphore of ours is told by the prefix that `support` gave it.
    """
    ours = f"sem.{support.PREFIX}-", f"pym-{os.getpid()}-"
    for name in os.listdir("/dev/shm"):
        if name.startswith(ours) or not name.startswith(("sem.", "pym-")):
            yield name


def _children():
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children") as file:
                yield from map(int, file.read().split())
        except FileNotFoundError:  # the thread has ended
            pass


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return f"{pid}: {file.read().replace(chr(0), ' ')[:100]}"
    except FileNotFoundError:
        return str(pid)


def _is_kept(number):
    """Return whether the descriptor belongs to a service or an arena.

    An arena has two: `mmap` duplicates the one that it is given.
    """
    tracker = multiprocessing.resource_tracker._resource_tracker
    server = multiprocessing.forkserver._forkserver
    if number in (tracker._fd, server._forkserver_alive_fd):
        return True
    modules = filter(None, map(sys.modules.get, HEAPS))
    arenas = [a for m in modules for a in m.BufferWrapper._heap._arenas]
    try:
        return any(os.path.sameopenfile(number, arena.fd) for arena in arenas)
    except OSError:  # a thread that is ending has closed it meanwhile
        return False


def _service_pids():
    tracker = multiprocessing.resource_tracker._resource_tracker
    server = multiprocessing.forkserver._forkserver
    return {tracker._pid, server._forkserver_pid}
