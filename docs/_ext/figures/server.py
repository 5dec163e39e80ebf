"""What a manager's process does: its threads, its errors, its end."""

import contextlib
import errno
import importlib
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from compare import probe, source
from compare.probe import NAMES

from . import programs
from .costs import rounded

PATIENCE = 10  # seconds
GRACE = 0.5  # seconds that a server has to end when the program has


def server_class(impl):
    return importlib.import_module(f"{probe.MODULES[impl]}.managers").Server


# --- threads


THREADS = {
    "MainThread": "the main thread, which waits for `shutdown`",
    "accepter": "the accepter, which starts a thread for each connection",
    "_do_postponed": "one that gives back references of objects in the server",
    "_end_with_parent": "one that waits for the end of the program that started it",
    "MainProcess": "for the main process",
    "Ann": "for Ann",
    "Bob": "for Bob",
}


@programs.ahead
def threads() -> str:
    """The threads of a server with three clients, as Markdown."""
    columns = [_threads(impl) for impl in NAMES]
    if unknown := set().union(*columns) - set(THREADS):
        raise RuntimeError(f"threads that nobody explains: {unknown}")
    lines = ["| threads | CPython | minimp |", "|---|:-:|:-:|"]
    for name, does in THREADS.items():
        counts = [str(column.count(name) or "") for column in columns]
        lines.append(f"| {does} | {' | '.join(counts)} |")
    return "\n".join(lines)


def _threads(impl):
    last = programs.printed("server_threads", impl).splitlines()[-1]
    found = [re.sub(r"Thread-\d+ \((.*)\)", r"\1", name) for name in last.split("\t")]
    # A short connection's thread may still be on its way out.
    return [name for name in found if name != "handle_request"]


# --- errors


CALLS = 4  # after the one whose traceback is shown


@programs.ahead
def tracebacks() -> str:
    """What is printed where a method raises a ValueError, as Markdown."""
    return _both(_traceback)


def _traceback(impl):
    lines = programs.printed("remote_errors", impl).splitlines()[: -2 * CALLS]
    lines = [line for line in lines if not line or set(line) - set(" ^~")]  # no carets
    return re.sub(r'File ".*/(\w+\.py)"', r'File "\1"', "\n".join(lines))


def errors() -> str:
    """What a client gets where a method fails, as Markdown."""
    return _both(
        lambda impl: "\n".join(
            programs.printed("remote_errors", impl).splitlines()[-2 * CALLS :]
        )
    )


def _both(text):
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(text(impl))}" for impl, name in NAMES.items()
    )


# --- the end


ENDS = {
    "it comes to its end": None,
    "Ctrl-C": signal.SIGINT,
    "`SIGTERM`, as `kill` sends it": signal.SIGTERM,
    "`SIGKILL`": signal.SIGKILL,
}


def endings() -> str:
    """What becomes of the server when the program ends, as Markdown."""
    lines = ["| the program ends by | CPython's server | minimp's |", "|---|---|---|"]
    with ThreadPoolExecutor() as pool:
        left = {
            how: [pool.submit(_ending, impl, number) for impl in NAMES]
            for how, number in ENDS.items()
        }
    for how, pair in left.items():
        verdicts = " | ".join("stays" if one.result() else "ends" for one in pair)
        lines.append(f"| {how} | {verdicts} |")
    return "\n".join(lines)


def _ending(impl, number):
    """Return whether the server is there when the program is not."""
    code = "from compare import child; child.main()"
    path = str(programs.HERE / "manager_ends.py")
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-c", code, path, probe.MODULES[impl], "fork"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(source.ROOT), "TMPDIR": folder},
            start_new_session=True,
        )
        with process, contextlib.ExitStack() as stack:
            stack.callback(probe.signal_group, process, signal.SIGKILL)
            handle = os.pidfd_open(int(process.stdout.readline()))
            stack.callback(os.close, handle)
            return _end(process, handle, number)


def _end(process, server, number):
    process.stdin.write("wait\n" if number else "end\n")
    process.stdin.flush()
    if number == signal.SIGINT:  # a terminal sends it to all of them
        probe.signal_group(process, number)
    elif number:
        process.send_signal(number)
    process.wait(PATIENCE)
    # A descriptor of a process can be read when that process has ended.
    selected = select.select([server], [], [], GRACE)[0]
    if not selected:
        signal.pidfd_send_signal(server, signal.SIGKILL)
    return not selected


# --- out of descriptors


class TimeIsUp(Exception):
    pass


class Exhausted:
    """A listener that has no descriptor left for a client."""

    SECONDS = 0.3

    def __init__(self):
        self.attempts = 0
        self.until = time.monotonic() + self.SECONDS

    def accept(self):
        self.attempts += 1
        if time.monotonic() > self.until:
            raise TimeIsUp
        raise OSError(errno.EMFILE, "Too many open files")

    _accept = accept


@cache
def attempts(impl):
    server = server_class(impl)({}, None, b"key", "pickle")
    server.listener.close()
    server.listener, server.stop_event = Exhausted(), threading.Event()
    with contextlib.suppress(TimeIsUp):
        server.accepter()
    return server.listener.attempts


def seconds() -> str:
    return str(Exhausted.SECONDS)


def attempts_of_cpython() -> str:
    return rounded(attempts("cpython"))


def attempts_of_minimp() -> str:
    return str(attempts("minimp"))


# --- idents


@programs.ahead
def idents_of_cpython() -> str:
    """How many idents 200 lists got, of which one was alive at a time."""
    return programs.printed("idents", "cpython").strip()


def idents_of_minimp() -> str:
    return programs.printed("idents", "minimp").strip()
