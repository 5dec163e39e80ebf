"""Process: what it tells, how it starts and ends, and what it leaves."""

import gc
import inspect
import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import multiprocessing.process
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import process_workers as workers
import pytest
import support

import minimp
import minimp.process

ROOT = os.path.dirname(os.path.dirname(__file__))


@pytest.fixture
def ctx(impl, start_method):
    return impl.context(start_method)


@pytest.fixture
def pipe():
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        yield reader, writer


@pytest.fixture
def printed(ctx, capfd):
    """Return a function that reads what was printed, here and in children."""
    # The server's children print where the server did when it was started.
    multiprocessing.forkserver._forkserver._stop()
    yield capfd.readouterr
    multiprocessing.forkserver._forkserver._stop()


def received(reader):
    assert reader.poll(support.TIMEOUT)
    return reader.recv()


def plain(text):
    """Return `text` without what differs from run to run, and between the two."""
    text = re.sub(r'"[^"]*(minimp|multiprocessing)/process.py", line \d+', "P", text)
    text = re.sub(r"(pid|parent)=\d+", r"\1=N", text)
    return re.sub(r"\b(Fork|Spawn|ForkServer)?Process-\d+\b", "Process-N", text)


# --- what a Process tells ---------------------------------------------------


def test_a_life(impl, start_method):
    ctx = impl.context(start_method)
    event = ctx.Event()
    p = ctx.Process(target=workers.wait_for, args=(event,), name="one")
    name = type(p).__name__
    states = [(p.pid, p.exitcode, p.is_alive(), plain(repr(p)))]
    p.start()
    assert p in impl.process.active_children()
    assert p in multiprocessing.active_children()
    states += [(p.pid > 0, p.exitcode, p.is_alive(), plain(repr(p)))]
    assert p.ident == p.pid
    event.set()
    p.join(support.TIMEOUT)
    assert p not in impl.process.active_children()
    states += [(p.pid > 0, p.exitcode, p.is_alive(), plain(repr(p)))]
    p.close()
    states += [repr(p).replace(str(os.getpid()), "N")]
    assert states == [
        (None, None, False, f"<{name} name='one' parent=N initial>"),
        (True, None, True, f"<{name} name='one' pid=N parent=N started>"),
        (True, 0, False, f"<{name} name='one' pid=N parent=N stopped exitcode=0>"),
        f"<{name} name='one' parent=N closed>",
    ]
    assert name == ctx.Process.__name__


@pytest.mark.parametrize(
    "way, code, name",
    [
        ("terminate", -15, "-SIGTERM"),
        ("kill", -9, "-SIGKILL"),
        ("interrupt", 1, "1"),
    ],
)
def test_ending_it(impl, start_method, way, code, name, capfd):
    ctx = impl.context(start_method)
    if way == "interrupt" and not hasattr(ctx.Process, way):
        pytest.skip("CPython has it since 3.14")
    event = ctx.Event()
    p = ctx.Process(target=workers.ready_then_wait, args=(event,), daemon=True)
    p.start()
    assert event.wait(support.TIMEOUT)
    getattr(p, way)()
    p.join(support.TIMEOUT)
    assert p.exitcode == code
    assert plain(repr(p)).endswith(f"stopped exitcode={name} daemon>")
    getattr(p, way)()  # of one that has ended: does nothing
    assert p.exitcode == code
    p.close()


def test_names_of_all_signals(impl):
    """As the module `signal` has them; of two for a number, the same one."""
    ours = impl.process._exitcode_to_name
    assert ours == multiprocessing.process._exitcode_to_name
    assert ours[-9] == "-SIGKILL"


def test_join_with_timeout(ctx):
    event = ctx.Event()
    p = ctx.Process(target=workers.wait_for, args=(event,))
    p.start()
    for timeout in (0, -1, 0.05):
        assert p.join(timeout) is None
        assert p.exitcode is None
    event.set()
    p.join(support.TIMEOUT)
    support.finish(p)


MISTAKES = {
    "Process(1)": (AssertionError, "group argument must be None for now"),
    "setattr(new, 'name', 7)": (AssertionError, "name must be a string"),
    "new.join()": (AssertionError, "can only join a started process"),
    "new.sentinel": (ValueError, "process not started"),
    "ended.start()": (AssertionError, "cannot start a process twice"),
    "setattr(ended, 'daemon', True)": (AssertionError, "process has already started"),
    "running.close()": (
        ValueError,
        "Cannot close a process while it is still running. You should first call"
        " join() or terminate().",
    ),
    **{
        f"closed.{use}": (ValueError, "process object is closed")
        for use in "start() join() is_alive() terminate() kill() exitcode pid"
        " ident sentinel".split()
    },
    "closed.close()": ("returned", None),
    "closed.name": ("returned", "closed"),
    "new.daemon": ("returned", False),
    "new.run()": ("returned", None),
    "pickle.dumps(new)": (
        TypeError,
        "Pickling an AuthenticationString object is disallowed for security reasons",
    ),
}


def test_mistakes(impl):
    ctx = impl.context("fork")
    event = ctx.Event()
    names = {"Process": ctx.Process, "pickle": pickle}
    for name in ("new", "ended", "running", "closed"):
        names[name] = ctx.Process(name=name)
    names["running"] = ctx.Process(target=workers.wait_for, args=(event,))
    for name in ("ended", "running", "closed"):
        names[name].start()
    for name in ("ended", "closed"):
        names[name].join(support.TIMEOUT)
    names["closed"].close()
    found = {each: support.outcome(eval, each, names) for each in MISTAKES}
    event.set()
    support.finish(names["ended"], names["running"])
    assert found == MISTAKES


def test_object_of_another_process(impl):
    """A copy of it, in a child: it is not that one's to ask."""
    ctx = impl.context("fork")
    event, (reader, writer) = ctx.Event(), ctx.Pipe(duplex=False)
    p = ctx.Process(target=workers.wait_for, args=(event,))
    p.start()
    new = ctx.Process()
    support.run(ctx, workers.ask_of_others, writer, p, new, event)
    support.finish(p)
    with reader, writer:
        found = received(reader)
    assert plain(found.pop("repr")).endswith("pid=N parent=N unknown>")
    assert found == {
        "join": (AssertionError, "can only join a child process"),
        "is_alive": (AssertionError, "can only test a child process"),
        "exitcode": ("returned", None),
        "at its end": ("returned", None),
        "start": (
            AssertionError,
            "can only start a process object created by current process",
        ),
    }


def test_default_of_kwargs(impl):
    default = (
        inspect.signature(impl.context("fork").Process).parameters["kwargs"].default
    )
    assert default is None or not impl.ours
    first, second = impl.context("fork").Process(), impl.context("fork").Process()
    first._kwargs["x"] = 1
    assert second._kwargs == {}


# --- what a child knows -----------------------------------------------------


@pytest.mark.parametrize("daemon", [None, True, False])
def test_what_a_child_knows(impl, start_method, pipe, daemon, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program", "argument"])
    monkeypatch.setattr(sys, "path", [*sys.path, "/no/such/folder"])
    ctx = impl.context(start_method)
    reader, writer = pipe
    p = ctx.Process(target=workers.tell, args=(writer, impl.name), daemon=daemon)
    p.start()
    told = received(reader)
    support.finish(p)
    kind = ctx.Process.__name__
    text = f"<{kind} name='{p.name}' parent=PARENT started"
    text += " daemon>" if daemon else ">"
    if start_method == "forkserver":  # its system's parent is the server
        told["repr"] = text
        told["parent"] = (told["parent"][0], True, told["parent"][2])
    assert told == {
        "name": p.name,
        "identity": p._identity,
        "pid": True,
        "daemon": bool(daemon),
        "authkey": bytes(multiprocessing.current_process().authkey),
        "alive": True,
        "exitcode": None,
        "repr": text,
        "parent": ("MainProcess", True, True),
        "children": [],
        "one for both": True,
        "stdin": "",
        "argv": ["program", "argument"],
        "path": sys.path,
        "cwd": str(tmp_path),
        "start method": start_method,
    }


def test_names_of_grandchildren(impl, start_method, pipe):
    ctx = impl.context(start_method)
    reader, writer = pipe
    args = (writer, impl.name, start_method)
    p = ctx.Process(target=workers.tell_of_children, args=args)
    support.finish(*start(p))
    names, agree = received(reader)
    assert names == [f"{p.name}:1", f"{p.name}:2"]
    assert agree


def start(*processes):
    for process in processes:
        process.start()
    return processes


@pytest.mark.parametrize("daemon", [True, False])
def test_daemons_have_no_children(impl, start_method, pipe, daemon):
    ctx = impl.context(start_method)
    reader, writer = pipe
    args = (writer, impl.name, start_method)
    p = ctx.Process(target=workers.have_a_child, args=args, daemon=daemon)
    support.finish(*start(p))
    if daemon:
        text = "daemonic processes are not allowed to have children"
        assert received(reader) == (AssertionError, text)
    else:
        assert not reader.poll()


def test_each_may_start_the_other(start_method, pipe):
    """A daemon of CPython's may not start one of ours, nor the other way round; and
    children have one count."""
    reader, writer = pipe
    for outer, inner in (("cpython", "minimp"), ("minimp", "cpython")):
        ctx = support.load(outer).context(start_method)
        for daemon in (True, False):
            args = (writer, inner, start_method)
            p = ctx.Process(target=workers.have_a_child, args=args, daemon=daemon)
            support.finish(*start(p))
            assert reader.poll() is daemon
            if daemon:
                assert received(reader)[0] is AssertionError
    names = {minimp.Process().name, multiprocessing.Process().name}
    assert len(names) == 2


def test_is_the_same_process_for_both():
    assert minimp.current_process() is multiprocessing.current_process()
    assert minimp.parent_process() is multiprocessing.parent_process() is None
    assert plain(repr(minimp.current_process())) == (
        "<_MainProcess name='MainProcess' parent=None started>"
    )


# --- how it ends ------------------------------------------------------------

ENDS = [
    (None, 0, ""),
    (0, 0, ""),
    (8, 8, ""),
    (True, 1, ""),
    (-1, 255, ""),
    (256, 0, ""),
    ("a text", 1, "a text\n"),
    ([1, 2], 1, "[1, 2]\n"),
    (2.5, 1, "2.5\n"),
]


def test_exit_codes(ctx, printed):
    for code, expected, text in ENDS:
        support.run(ctx, workers.end_with, code, exitcode=expected)
        assert printed().err == text
    support.run(ctx, workers.end_by, signal.SIGUSR1, exitcode=-signal.SIGUSR1)


def test_exit_code_of_any_size(impl, program):
    """CPython's forked child gets out of the sandbox: it runs the code behind
    `start`, a second time."""
    path = program(
        f"""
        import sys
        import {"minimp" if impl.ours else "multiprocessing"} as mp
        mp.set_start_method("fork")
        p = mp.Process(target=sys.exit, args=(2**40,))
        try:
            p.start()
        finally:
            sys.stdout.write("behind start\\n")
            sys.stdout.flush()
        p.join()
        print(p.exitcode)
        """
    )
    out = support.run_python("import runpy, sys; runpy.run_path(sys.argv[1])", path)
    behind = "behind start\n"
    assert out == (f"{behind}0\n" if impl.ours else f"{behind}{behind}1\n")


def test_traceback(ctx, printed):
    support.run(ctx, workers.raise_error, exitcode=1)
    text = plain(printed().err)
    lines = [line for line in text.splitlines() if set(line) - set(" ~^")]
    assert lines[:2] == ["Process Process-N:", "Traceback (most recent call last):"]
    assert lines[2:4] == ["  File P, in _bootstrap", "    self.run()"]
    assert lines[4] == "  File P, in run"
    assert lines[5] == "    self._target(*self._args, **self._kwargs)"
    assert lines[6].endswith("in raise_error")
    assert lines[8:] == ["ZeroDivisionError: on purpose"]


def test_ctrl_c(ctx, printed):
    support.run(ctx, workers.interrupt_oneself, exitcode=1)
    text = plain(printed().err)
    assert text.startswith("Process Process-N:\nTraceback")
    assert text.endswith("KeyboardInterrupt\n")


def test_output_is_not_lost_nor_doubled(ctx, printed):
    sys.stdout.write("before, ")
    support.run(ctx, workers.print_at_the_end, "text")
    sys.stdout.flush()
    out, err = printed()
    assert (out, err) == ("before, text\ntext!", "text")


def test_exit_functions(impl, start_method, tmp_path):
    """In the order of Python 3.13; before, those of atexit are not called in a
    copy, and stand last in a fresh one."""
    ctx = impl.context(start_method)
    path = tmp_path / "order"
    support.run(ctx, workers.register_exit_functions, str(path))
    lines = path.read_text().splitlines()
    finalizers = [f"finalizer {priority}" for priority in (9, 1, -1)]
    if sys.version_info >= (3, 13):
        assert lines == ["thread", "atexit", *finalizers]
        return
    assert [line for line in lines if "finalizer" in line] == finalizers
    atexit_runs = start_method == "spawn" or (impl.ours and start_method == "fork")
    assert ("atexit" in lines) is atexit_runs
    assert "thread" in lines


def test_exit_functions_of_a_forked_child(impl, monkeypatch, capfd):
    """CPython calls them since 3.13, and loses what they print.

    So it does with that of finalizers, which it calls on each version.
    """
    code = (
        "import process_workers, support;"
        f"ctx = support.load({impl.name!r}).context('fork');"
        "support.run(ctx, process_workers.print_at_exit)"
    )
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    out = set(support.run_python(code).splitlines())
    if impl.ours:
        assert out == {"printed at exit", "printed by a finalizer"}
    elif sys.version_info >= (3, 13):
        assert out == set()
    else:
        assert out == {"printed by a finalizer"}


def test_children_are_joined_at_exit(impl, start_method):
    ctx = impl.context(start_method)
    value = ctx.Value("i")
    support.run(ctx, workers.join_at_exit, impl.name, start_method, value)
    assert value.value == 7


def test_daemons_are_terminated_at_exit(impl, start_method):
    ctx = impl.context(start_method)
    event = ctx.Event()
    args = (impl.name, start_method, event)
    began = time.monotonic()
    support.run(ctx, workers.leave_a_child, *args)
    assert time.monotonic() - began < support.TIMEOUT / 2


def test_registered_after_fork(impl, start_method, pipe):
    reader, writer = pipe
    registered = workers.Registered()
    ctx = impl.context("fork")
    support.run(ctx, workers.send_forks, writer, registered)
    assert (received(reader), registered.forks) == (1, 0)


def test_target_is_let_go(ctx):
    target, reference = workers.callable_with_reference()
    p = ctx.Process(target=target)
    del target
    p.start()
    gc.collect()
    assert reference() is None
    support.finish(p)


def test_two_threads_join(impl, start_method):
    """With CPython, all but one of them may find no exit code, or 255 under
    forkserver."""
    ctx = impl.context(start_method)
    event = ctx.Event()
    p = ctx.Process(target=workers.wait_for, args=(event,))
    p.start()
    if impl.ours:  # the first one who asks takes its time to tell
        ask = p._popen._ask
        p._popen._ask = lambda: (ask(), time.sleep(0.1))[0]
    codes = []
    threads = [
        threading.Thread(target=lambda: (p.join(), codes.append(p.exitcode)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    event.set()
    for thread in threads:
        thread.join(support.TIMEOUT)
    assert len(codes) == 8 and 0 in codes
    assert set(codes) <= ({0} if impl.ours else {0, None, 255})
    p.close()


def test_buffered_output_is_not_doubled(impl, program):
    path = program(
        """
        import sys
        from importlib import import_module
        mp = import_module(sys.argv[1])
        if __name__ == "__main__":
            mp.set_start_method("fork")
            sys.stdout.write("before, ")
            p = mp.Process(target=sys.stdout.write, args=("child, ",))
            p.start()
            p.join()
            sys.stdout.write("after")
        """
    )
    module = "minimp" if impl.ours else "multiprocessing"
    assert run_program(path, module) == ("before, child, after", "", 0)


def test_output_that_nobody_reads(impl, program):
    """A child that cannot flush ends; it does not go on in its parent's code."""
    path = program(
        """
        import sys
        from importlib import import_module
        mp = import_module(sys.argv[1])
        mp.set_start_method("fork")
        p = mp.Process(target=print, args=("nobody reads this",))
        try:
            p.start()
        finally:
            sys.stderr.write("behind start\\n")
        p.join()
        sys.stderr.write(f"{p.exitcode}\\n")
        """
    )
    reader, writer = os.pipe()
    os.close(reader)
    try:
        module = "minimp" if impl.ours else "multiprocessing"
        _, err, status = run_program(path, module, stdout=writer)
    finally:
        os.close(writer)
    assert (err, status) == ("behind start\n1\n", 0)


CLOSED = """
    import sys
    from importlib import import_module

    def write(path):
        print("output")
        print("error", file=sys.stderr)
        with open(path, "a") as file:
            file.write("end of the child\\n")

    if __name__ == "__main__":
        _, module, method, path = sys.argv
        ctx = import_module(module).get_context(method)
        p = ctx.Process(target=write, args=(path,))
        p.start()
        p.join()
        with open(path, "a") as file:
            file.write(f"{p.exitcode}\\n")
"""


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_closed_streams(impl, method, streams, program, tmp_path):
    """No descriptor of ours becomes the stream of a child that has none."""
    found = tmp_path / "found"
    path = program(CLOSED)
    command = [sys.executable, path, impl.package.__name__, method, str(found)]
    subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", *command],
        env=os.environ | {"PYTHONPATH": ROOT, "PYTHONUNBUFFERED": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=support.TIMEOUT,
    )
    assert found.read_text() == "end of the child\n0\n"


def test_signal_handler_that_joins(impl, program):
    """It comes when the exit code has been asked for, and is not yet known."""
    path = program(
        """
        import os, signal, sys
        from importlib import import_module
        mp = import_module(sys.argv[1])
        waitpid = os.waitpid

        def interrupted(*args):
            pid, status = waitpid(*args)
            if pid:
                signal.raise_signal(signal.SIGUSR1)
            return pid, status

        os.waitpid = interrupted
        signal.signal(signal.SIGUSR1, lambda number, frame: p.join())
        p = mp.get_context("fork").Process(target=sys.exit, args=(3,))
        p.start()
        p.join()
        print(p.exitcode)
        """
    )
    assert run_program(path, impl.package.__name__) == ("3\n", "", 0)


# --- faults of CPython's ----------------------------------------------------


def test_child_that_is_interrupted_at_once(impl, program):
    """By Ctrl-C, say: CPython's runs what its parent would do then."""
    path = program(
        """
        import os, sys
        from importlib import import_module
        mp = import_module(sys.argv[1])
        fork = os.fork

        def interrupted():
            if (pid := fork()) == 0:
                raise KeyboardInterrupt
            return pid

        os.fork = interrupted
        p = mp.get_context("fork").Process(target=print)
        try:
            p.start()
        except KeyboardInterrupt:
            print("code of the parent", flush=True)
            os._exit(7)
        p.join()
        print(p.exitcode)
        """
    )
    expected = "1\n" if impl.ours else "code of the parent\n7\n"
    assert run_program(path, impl.package.__name__) == (expected, "", 0)


def test_signal_for_who_has_ended(impl, monkeypatch):
    """Under forkserver, it is the server who reaps: the number of the process may be
    another's by now. When CPython's leg fails, that is mended."""
    p = impl.context("forkserver").Process(target=workers.nothing)
    p.start()
    assert multiprocessing.connection.wait([p.sentinel], support.TIMEOUT)
    sent = []
    monkeypatch.setattr(os, "kill", lambda *args: sent.append(args))
    p.terminate()
    p.kill()
    number = p.pid
    monkeypatch.undo()
    support.finish(p)
    assert sent == ([] if impl.ours else [(number, 15), (number, 9)])


FEW_DESCRIPTORS = """
    import errno, os, resource, sys
    from importlib import import_module

    def numbers():
        found = map(int, os.listdir("/proc/self/fd"))
        return {fd for fd in found if os.path.lexists(f"/proc/self/fd/{fd}")}

    if __name__ == "__main__":
        mp = import_module(sys.argv[1])
        ctx = mp.get_context(sys.argv[2])
        limit, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        ended = ctx.Process()
        ended.start()  # now there is a tracker
        ended.join()
        ended.close()
        first, refused, code = numbers(), 0, None
        while code is None:
            p = ctx.Process()
            top = max(numbers()) + 1
            holes = [os.dup(2) for _ in range(top - len(numbers()))]
            resource.setrlimit(resource.RLIMIT_NOFILE, (top + refused, hard))
            try:
                p.start()
            except OSError as error:
                assert error.errno == errno.EMFILE
                refused += 1
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            for number in holes:
                os.close(number)
            if p.pid:
                p.join()
                code = p.exitcode
                p.close()
        print(refused > 0, code, len(numbers() - first))
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_descriptors_run_out(impl, method, program):
    """A start that fails leaves none behind, at whichever of its steps."""
    out, err, status = run_program(
        program(FEW_DESCRIPTORS), impl.package.__name__, method
    )
    assert (err, status) == ("", 0)
    started, code, left = out.split()
    assert (started, code) == ("True", "0")
    assert (left == "0") is (impl.ours or method == "spawn")


def test_child_that_others_have_reaped(impl):
    """With CPython it is alive for ever. When its leg fails, that is mended."""
    ctx = impl.context("fork")
    p = ctx.Process(target=workers.end_with, args=(8,))
    p.start()
    os.waitpid(p.pid, 0)
    p.join()
    found = p.exitcode, p.is_alive(), p in impl.process.active_children()
    multiprocessing.process._children.discard(p)
    if impl.ours:
        assert found == (255, False, False)
        p.close()
    else:
        assert found == (None, True, True)
        p._popen.close()


def test_join_does_not_wait_for_who_inherits_the_sentinel(impl, pipe):
    """A grandchild has a copy of each descriptor, of the pipe as well."""
    ctx = impl.context("fork")
    reader, writer = pipe
    p = ctx.Process(target=workers.leave_one_behind, args=(writer,))
    p.start()
    other = received(reader)
    began = time.monotonic()
    p.join(1.0)
    took = time.monotonic() - began
    assert p.exitcode == 0
    os.kill(other, signal.SIGKILL)
    p.close()
    assert took < 0.9 if impl.ours else took >= 1.0


def test_parent_is_watched(impl, start_method, pipe):
    """Two children of one that is killed: both see it."""
    ctx = impl.context(start_method)
    reader, writer = pipe
    args = (writer, impl.name, start_method)
    p = ctx.Process(target=workers.have_watchers, args=args)
    p.start()
    first = [received(reader) for _ in range(2)]
    assert [alive for _, alive in first] == [True, True]
    p.kill()
    support.finish(p, exitcode=-9)
    then = [received(reader) for _ in range(2)]
    assert sorted(then) == sorted((pid, False) for pid, _ in first)


def test_spawned_child_that_dies_early(program):
    """CPython's parent holds the pipe that it writes to also at its other end, and
    so waits for ever for a reader: that leg has to be killed."""
    path = program(
        """
        import os, sys
        from importlib import import_module
        mp = import_module(sys.argv[1])
        if __name__ != "__main__":
            os._exit(3)
        mp.set_start_method("spawn")
        p = mp.Process(target=print, args=(bytes(10**6),))
        print("starts", flush=True)
        p.start()
        p.join()
        print(p.exitcode)
        """
    )
    assert run_program(path, "minimp") == ("starts\n3\n", "", 0)
    assert run_program(path, "multiprocessing", timeout=2) == ("starts\n", "", -9)


def run_program(path, *args, timeout=support.TIMEOUT, stdout=-1):
    """Return what it printed, and its exit status; -9 after `timeout` seconds."""
    environ = os.environ | {"PYTHONPATH": ROOT}
    environ.pop("PYTHONUNBUFFERED", None)
    with subprocess.Popen(
        [sys.executable, path, *args],
        stdout=stdout,
        stderr=-1,
        text=True,
        start_new_session=True,
        env=environ,
    ) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
    return out, err, process.returncode


SERVED = """
import minimp, multiprocessing, process_workers as workers
preload = ["wave"]
minimp.set_forkserver_preload(preload)
ours = minimp.get_context("forkserver").Process(target=workers.nothing)
ours.start()
ours.join()
with multiprocessing.get_context("forkserver").Pool(1) as pool:
    print(pool.apply(workers.imported, (["minimp", "wave", "no_such_module"],)))
    pool.close()
    pool.join()
print(ours.exitcode, preload)
"""


def test_fork_server_has_the_package():
    """Each child of the server is a copy: one of CPython's shows what it has."""
    out = support.run_python(SERVED)
    assert out == "['minimp', 'wave']\n0 ['wave']\n"


# --- the guard of __main__ --------------------------------------------------

UNGUARDED = """
    import sys
    from importlib import import_module
    mp = import_module(sys.argv[1])
    print("imported as", __name__, flush=True)
    mp.set_start_method(sys.argv[2], force=True)
    p = mp.Process(target=print, args=("in the child",))
    p.start()
    p.join()
    print("exit code", p.exitcode, flush=True)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_program_without_a_guard(impl, method, program):
    path = program(textwrap.dedent(UNGUARDED))
    module = "minimp" if impl.ours else "multiprocessing"
    out, err, status = run_program(path, module, method)
    assert status == (0 if method == "spawn" else status)
    assert out.startswith("imported as __main__\nimported as __mp_main__\n")
    assert "in the child" not in out
    assert "bootstrapping phase" in err and "if __name__ == '__main__':" in err
    assert "freeze_support()" in err and err.count("RuntimeError") >= 1
    # The text is that of CPython, from the first line to the last.
    begin = err.index("An attempt has been made")
    check = multiprocessing.spawn._check_not_importing_main.__code__.co_consts
    text = next(each for each in check if isinstance(each, str) and "attempt" in each)
    assert err[begin:].startswith(text.strip())


@pytest.mark.parametrize("way", ["path", "module", "package"])
def test_main_is_imported(impl, way, tmp_path):
    """A function of `__main__`, in a fresh interpreter."""
    folder = tmp_path / "pack"
    folder.mkdir()
    path = folder / ("__main__.py" if way == "package" else "prog.py")
    path.write_text(
        textwrap.dedent(
            """
            import sys
            from importlib import import_module
            def work():
                print(__name__, sys.modules["__main__"] is sys.modules.get(__name__))
            if __name__ == "__main__":
                mp = import_module(sys.argv[1])
                mp.set_start_method("spawn")
                p = mp.Process(target=work)
                p.start()
                p.join()
                print(p.exitcode)
            """
        )
    )
    module = "minimp" if impl.ours else "multiprocessing"
    how = {"path": [path], "module": ["-m", "pack.prog"], "package": ["-m", "pack"]}
    done = subprocess.run(
        [sys.executable, *map(str, how[way]), module],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=support.TIMEOUT,
    )
    if way == "package":  # its main is not imported, so there is no `work`
        assert done.stdout == "1\n"
        assert "AttributeError: Can't get attribute 'work' on <module" in done.stderr
    else:
        assert done.stdout == "__mp_main__ True\n0\n", done.stderr


def test_what_cannot_be_sent(impl):
    """Nothing is started, and the next one works."""
    ctx = impl.context("spawn")
    p = ctx.Process(target=workers.nothing, args=(workers.Unpicklable(),))
    expected = ValueError, "not to be pickled"
    assert support.outcome(p.start) == expected
    assert (p.pid, p.exitcode, p.is_alive()) == (None, None, False)
    assert support.outcome(pickle.dumps, impl.Lock())[0] is RuntimeError
    support.run(ctx, workers.nothing)


def test_child_that_cannot_unpickle(impl, start_method):
    ctx = impl.context(start_method)
    p = ctx.Process(target=workers.nothing, args=(workers.Fatal(),))
    expected = 0 if start_method == "fork" else 3
    support.finish(*start(p), exitcode=expected)


def test_descriptors_of_a_spawned_child(impl, pipe):
    """Those that were sent, and no other of the parent's."""
    reader, writer = pipe
    ctx = impl.context("spawn")
    os.set_inheritable(reader.fileno(), True)
    support.run(ctx, workers.list_descriptors, writer)
    found = received(reader)
    pipe_of_reader = os.readlink(f"/proc/self/fd/{reader.fileno()}")
    # Its number in the child is that of the writer: one of the two ends.
    assert found.count(pipe_of_reader) == 1


# --- objects of the one in processes of the other ----------------------------


@pytest.mark.parametrize("name", ["Value('i')", "Queue()", "SimpleQueue()", "Event()"])
def test_objects_of_cpython_in_ours(start_method, name):
    theirs = support.load("cpython").context(start_method)
    ours = support.load("minimp").context(start_method)
    thing = eval(name, vars(theirs))
    support.run(ours, workers.use, thing)
    assert workers.used(thing)
