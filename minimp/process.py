"""Functions that run in processes of their own.

A child is a copy, or a fresh start::

    parent                            child
    start()   fork: a copy of this    has all that the parent had
              spawn: a new Python     imports `__main__`, and unpickles
              forkserver: a copy of   the Process
                an idle server
                                      _bootstrap() -> run() -> target()
    sentinel  <-- the system tells -- ends, and leaves an exit code
    join()

Which process this is, and whose child, is known once in an interpreter:
`multiprocessing.process` keeps it, whichever of the two started it.  So
both packages know all children, one name for each, and one key.
"""

# CPython: process, and of context, popen_fork, popen_spawn_posix and spawn
# what starts a process

import atexit
import contextlib
import fcntl
import io
import itertools
import math
import os
import pickle
import runpy
import select
import signal
import sys
import threading
import traceback
import types
import weakref

from ._borrowed import (
    ForkingPickler,
    args_from_interpreter_flags,
    check_not_importing_main,
    exit_function,
    finalizer_registry,
    forkserver,
    get_executable,
    get_inherited_fds,
    get_spawning_popen,
    get_start_method,
    read_signed,
    resource_tracker,
    run_after_forkers,
    set_spawning_popen,
    set_start_method,
    spawnv_passfds,
    state,
)

__all__ = ["Process", "current_process", "active_children"]
__all__ += ["parent_process"]

# Left out: BaseProcess -- Process is the base of the others.
# Left out: the log of `multiprocessing.util` -- nothing here writes to it.
# Left out: freeze_support and frozen programs -- they are for Windows.
# Left out: ORIGINAL_DIR -- it is CPython's, like all that is known once.
# Left out: _dangling -- the tests look for what is left behind.


def current_process():
    """Return the Process that runs this.

    CPython: process.current_process
    """
    return state._current_process


def active_children():
    """Return the list of the children that run, and forget the others.

    CPython: process.active_children
    """
    _cleanup()
    return list(state._children)


def parent_process():
    """Return the parent as an object like a Process; None in the main
    process.

    CPython: process.parent_process
    """
    return state._parent_process


def _cleanup():
    """Reap the children that have ended."""
    for p in list(state._children):
        if (popen := p._popen) and popen.poll() is not None:
            state._children.discard(p)


class Process:
    """Call *target* with *args* and *kwargs* in another process.

    A *daemon* ends with its parent, and may have no children itself.

    CPython: process.BaseProcess
    """

    _start_method = None  # the one that the program has chosen

    @staticmethod
    def _Popen(process_obj):
        return _popen_types[_method_of(process_obj)](process_obj)

    def __init__(
        self,
        group=None,
        target=None,
        name=None,
        args=(),
        kwargs=None,
        *,
        daemon=None,
    ):
        assert group is None, "group argument must be None for now"
        parent = state._current_process
        count = next(state._process_counter)
        self._identity = (*parent._identity, count)
        self._config = parent._config.copy()
        self._parent_pid = os.getpid()
        self._parent_name = parent.name
        self._popen = None
        self._closed = False
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs or {})
        numbers = ":".join(map(str, self._identity))
        self._name = name or f"{type(self).__name__}-{numbers}"
        if daemon is not None:
            self.daemon = daemon

    def _check_closed(self):
        if self._closed:
            raise ValueError("process object is closed")

    def run(self):
        """Call the target; a subclass may do something else.

        CPython: process.BaseProcess.run
        """
        if self._target:
            self._target(*self._args, **self._kwargs)

    def start(self):
        """Start the process, once.

        Raises AssertionError when it was started before, when it is the
        object of another process, and in a daemon; RuntimeError while
        `__main__` is still being imported by a child.

        CPython: process.BaseProcess.start
        """
        self._check_closed()
        assert self._popen is None, "cannot start a process twice"
        assert self._parent_pid == os.getpid(), (
            "can only start a process object created by current process"
        )
        assert not state._current_process._config.get("daemon"), (
            "daemonic processes are not allowed to have children"
        )
        _cleanup()
        self._popen = self._Popen(self)
        self._sentinel = self._popen.sentinel
        # What the child is to use is not ours to keep alive; and it may
        # refer to this object.
        del self._target, self._args, self._kwargs
        state._children.add(self)

    def interrupt(self):
        """Send SIGINT, which raises KeyboardInterrupt there.

        CPython: process.BaseProcess.interrupt, since 3.14
        """
        self._check_closed()
        self._popen._send_signal(signal.SIGINT)

    def terminate(self):
        """Send SIGTERM, which ends it unless it is prepared.

        CPython: process.BaseProcess.terminate
        """
        self._check_closed()
        self._popen.terminate()

    def kill(self):
        """Send SIGKILL, which ends it.

        CPython: process.BaseProcess.kill
        """
        self._check_closed()
        self._popen.kill()

    def join(self, timeout=None):
        """Wait for the end, *timeout* seconds at most.

        CPython: process.BaseProcess.join
        """
        self._check_closed()
        assert self._parent_pid == os.getpid(), (
            "can only join a child process"
        )
        assert self._popen is not None, "can only join a started process"
        if self._popen.wait(timeout) is not None:
            state._children.discard(self)

    def is_alive(self):
        """Return whether it runs.

        CPython: process.BaseProcess.is_alive
        """
        self._check_closed()
        if self is state._current_process:
            return True
        assert self._parent_pid == os.getpid(), (
            "can only test a child process"
        )
        if self._popen is None:
            return False
        if self._popen.poll() is None:
            return True
        state._children.discard(self)
        return False

    def close(self):
        """Give back what belongs to the object; it is of no use then.

        Raises ValueError while the process runs.

        CPython: process.BaseProcess.close
        """
        if self._popen is not None:
            if self._popen.poll() is None:
                raise ValueError(
                    "Cannot close a process while it is still running. "
                    "You should first call join() or terminate()."
                )
            self._popen.close()
            self._popen = None
            del self._sentinel
            state._children.discard(self)
        self._closed = True

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        assert isinstance(name, str), "name must be a string"
        self._name = name

    @property
    def daemon(self):
        return self._config.get("daemon", False)

    @daemon.setter
    def daemon(self, daemonic):
        assert self._popen is None, "process has already started"
        self._config["daemon"] = daemonic

    @property
    def authkey(self):
        """The key, bytes, of this process and of what it starts."""
        return self._config["authkey"]

    @authkey.setter
    def authkey(self, authkey):
        self._config["authkey"] = AuthenticationString(authkey)

    @property
    def exitcode(self):
        """None before the end; then what it exited with, or the negative
        number of the signal that ended it."""
        self._check_closed()
        return self._popen and self._popen.poll()

    @property
    def ident(self):
        """The process id, None before the start."""
        self._check_closed()
        if self is state._current_process:
            return os.getpid()
        return self._popen and self._popen.pid

    pid = ident

    @property
    def sentinel(self):
        """A descriptor that can be read once the process has ended."""
        self._check_closed()
        try:
            return self._sentinel
        except AttributeError:
            raise ValueError("process not started") from None

    def _status(self):
        if self is state._current_process:
            return "started"
        if self._closed:
            return "closed"
        if self._parent_pid != os.getpid():
            return "unknown"
        if self._popen is None:
            return "initial"
        return "started" if self._popen.poll() is None else "stopped"

    def __repr__(self):
        status = self._status()
        info = [type(self).__name__, f"name={self._name!r}"]
        if self._popen is not None:
            info.append(f"pid={self._popen.pid}")
        info += [f"parent={self._parent_pid}", status]
        if status == "stopped":
            code = self._popen.poll()
            info.append(f"exitcode={_exitcode_to_name.get(code, code)}")
        if self.daemon:
            info.append("daemon")
        return f"<{' '.join(info)}>"

    def _bootstrap(self, parent_sentinel=None):
        """Be this process, here in the child; return its exit code.

        CPython: process.BaseProcess._bootstrap
        """
        try:
            old_process = self._become_current(parent_sentinel)
            if _method_of(self) != "spawn":
                finalizer_registry.clear()
                run_after_forkers()
            # Not before these have seen what the parent had.
            del old_process
            self.run()
            exitcode = 0
        except SystemExit as error:
            exitcode = _exitcode_of(error)
        except BaseException:
            exitcode = 1
            sys.stderr.write(f"Process {self.name}:\n")
            traceback.print_exc()
        finally:
            threading._shutdown()
            if sys.version_info < (3, 13):
                exit_function()  # their fork server calls nothing
            _flush_std_streams()
        return exitcode

    def _become_current(self, parent_sentinel):
        """Make this the current process; return what that was before."""
        if self._start_method is not None:
            set_start_method(self._start_method, force=True)
        state._process_counter = itertools.count(1)
        state._children = set()
        _close_stdin()
        old_process, state._current_process = state._current_process, self
        state._parent_process = _ParentProcess(
            self._parent_name, self._parent_pid, parent_sentinel
        )
        threading.main_thread()._set_native_id()
        return old_process


def _method_of(process_obj):
    return process_obj._start_method or get_start_method()


def _exitcode_of(error):
    """Return what a SystemExit stands for; a text is printed."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    sys.stderr.write(f"{error.code}\n")
    return 1


class AuthenticationString(bytes):
    """A key that refuses to be pickled, but for a child that is being
    started.

    CPython: process.AuthenticationString
    """

    def __reduce__(self):
        if get_spawning_popen() is None:
            raise TypeError(
                "Pickling an AuthenticationString object is "
                "disallowed for security reasons"
            )
        return AuthenticationString, (bytes(self),)


class _ParentProcess(Process):
    """What a child knows of its parent.

    CPython: process._ParentProcess
    """

    def __init__(self, name, pid, sentinel):
        self._name, self._pid = name, pid
        self._sentinel = sentinel
        self._identity = ()
        self._config = {}
        self._parent_pid = None
        self._popen = None
        self._closed = False

    def is_alive(self):
        """Return whether it runs.

        CPython: process._ParentProcess.is_alive
        """
        return not _wait(self._sentinel, 0)

    @property
    def ident(self):
        return self._pid

    def join(self, timeout=None):
        """Wait for its end, *timeout* seconds at most.

        CPython: process._ParentProcess.join
        """
        _wait(self._sentinel, timeout)

    pid = ident


# Left out: _MainProcess -- the main process is CPython's object, also here.

_exitcode_to_name = {
    -number: f"-{name}"
    for name, number in vars(signal).items()
    if name.startswith("SIG") and "_" not in name
}


UNKNOWN = 255  # the exit code of who has told it to somebody else


class Popen:
    """The child that *process_obj* has become, as its parent sees it.

    CPython: popen_fork.Popen
    """

    # Differs: the sentinels are descriptors of the processes themselves.
    # CPython's are ends of pipes, which others may hold open
    # (test_join_does_not_wait_for_who_inherits_the_sentinel).
    # Differs: all threads that wait are told the exit code; CPython's tells
    # one, and the others perhaps None (test_two_threads_join).

    method = "fork"

    def __init__(self, process_obj):
        _flush_std_streams()
        self.returncode = None
        self._parent_pid = os.getpid()
        # Held by who calls waitpid; whose signal handler may ask again.
        self._reaping = threading.RLock()
        self._launch(process_obj)

    def duplicate_for_child(self, fd):
        """Return the number that *fd* has in the child.

        CPython: popen_fork.Popen.duplicate_for_child
        """
        return fd

    def poll(self):
        """Return the exit code, None while the child runs.

        CPython: popen_fork.Popen.poll
        """
        return self.wait(0)

    def wait(self, timeout=None):
        """Return the exit code, None when *timeout* seconds went by.

        CPython: popen_fork.Popen.wait
        """
        if self.returncode is None and _wait(self.sentinel, timeout):
            if self._parent_pid == os.getpid():
                self._reap()
        return self.returncode

    def _reap(self):
        with self._reaping:
            if self.returncode is None:
                self.returncode = self._ask()

    def _ask(self):
        """Return the exit code, which is told once."""
        try:
            _, status = os.waitpid(self.pid, 0)
        except ChildProcessError:
            # Differs: somebody else has asked, or the program ignores
            # SIGCHLD; with CPython the child is alive for ever then
            # (test_child_that_others_have_reaped).
            return UNKNOWN
        return os.waitstatus_to_exitcode(status)

    def _send_signal(self, sig):
        if self.returncode is None:
            try:
                signal.pidfd_send_signal(self.sentinel, sig)
            except ProcessLookupError:
                pass

    def terminate(self):
        """Send SIGTERM.  CPython: popen_fork.Popen.terminate"""
        self._send_signal(signal.SIGTERM)

    def kill(self):
        """Send SIGKILL.  CPython: popen_fork.Popen.kill"""
        self._send_signal(signal.SIGKILL)

    def _launch(self, process_obj):
        """Fork.  CPython: popen_fork.Popen._launch"""
        with _descriptor_of_us() as us:
            try:
                self.pid = os.fork()
                if self.pid == 0:
                    _end(process_obj, us)
            finally:
                # Differs: a child that is interrupted before it has begun;
                # CPython's goes on in the code of its parent
                # (test_child_that_is_interrupted_at_once).
                if os.getpid() != self._parent_pid:
                    os._exit(1)
        self._watch()

    def _watch(self):
        """Get the sentinel."""
        try:
            self.sentinel = os.pidfd_open(self.pid)
        except ProcessLookupError:  # somebody else was faster
            self.returncode = UNKNOWN
            self.sentinel, writer = os.pipe()
            os.close(writer)
        self._close_at_end(self.sentinel)

    def _close_at_end(self, *fds):
        self.finalizer = weakref.finalize(self, _close_fds, *fds)
        self.finalizer.atexit = False

    def close(self):
        """Close the sentinel.  CPython: popen_fork.Popen.close"""
        self.finalizer()


def _end(process_obj, parent_sentinel):
    """Be the child, to its end."""
    # Differs: functions that the child registers with atexit are called, as
    # in CPython since 3.13; and what they print is not lost
    # (test_exit_functions_of_a_forked_child).
    code = 1
    try:
        atexit._clear()
        atexit.register(exit_function)
        code = process_obj._bootstrap(parent_sentinel)
    finally:
        try:
            atexit._run_exitfuncs()
            _flush_std_streams()
        finally:
            # Differs: only what fits; else CPython's child goes on in the
            # code of its parent (test_exit_code_of_any_size).
            os._exit(code & 0xFF)


@contextlib.contextmanager
def _descriptor_of_us():
    """Give a descriptor of this process, by which a child sees its end."""
    us = _above_std(os.pidfd_open(os.getpid()))
    try:
        yield us
    finally:
        os.close(us)


def _above_std(fd):
    """Return *fd*, or a copy of it that no child takes for a stream."""
    if fd > 2:
        return fd
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(fd)


def _wait(sentinel, timeout):
    """Return whether the process ends in *timeout* seconds."""
    poll = select.poll()
    poll.register(sentinel, select.POLLIN)
    if timeout is not None:
        timeout = max(0, math.ceil(timeout * 1000))
    return bool(poll.poll(timeout))


def _close_fds(*fds):
    for fd in fds:
        os.close(fd)


def _close_stdin():
    """Have the child read nothing, where its parent may read."""
    if sys.stdin is None:
        return
    try:
        sys.stdin.close()
    except (OSError, ValueError):
        pass  # it is closed already, in some way
    try:
        fd = os.open(os.devnull, os.O_RDONLY)
        sys.stdin = open(fd, encoding="utf-8", closefd=False)
    except OSError:
        pass


def _flush_std_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError):
            pass  # None, or closed


class _DupFd:
    """A descriptor on its way to a child that will have it anyway.

    CPython: popen_spawn_posix._DupFd
    """

    def __init__(self, fd):
        self.fd = fd

    def detach(self):
        """Return it.  CPython: popen_spawn_posix._DupFd.detach"""
        return self.fd


class SpawnPopen(Popen):
    """The same, of a child that is a new interpreter.

    CPython: popen_spawn_posix.Popen
    """

    method = "spawn"
    DupFd = _DupFd

    def __init__(self, process_obj):
        self._fds = []
        super().__init__(process_obj)

    def duplicate_for_child(self, fd):
        """Have the child inherit *fd*.

        CPython: popen_spawn_posix.Popen.duplicate_for_child
        """
        self._fds.append(fd)
        return fd

    def _launch(self, process_obj):
        """Start an interpreter, and send it what it has to know.

        CPython: popen_spawn_posix.Popen._launch
        """
        data = get_preparation_data(process_obj._name)
        message = self._pickled(data.pop("sys_path"), data, process_obj)
        # CPython's objects are tracked, and the child may make some.
        tracker_fd = resource_tracker.getfd()
        reader, writer = os.pipe()
        with open(writer, "wb", buffering=0) as pipe:
            reader = _above_std(reader)
            try:
                with _descriptor_of_us() as us:
                    cmd = get_command_line(reader, us, tracker_fd)
                    fds = [*self._fds, reader, us, tracker_fd]
                    self.pid = spawnv_passfds(cmd[0], cmd, fds)
                    self._watch()
            finally:
                os.close(reader)
            _write_all(pipe, message)

    def _pickled(self, *objs):
        """Return what the child is to unpickle, one after the other."""
        buffer = io.BytesIO()
        set_spawning_popen(self)
        try:
            for obj in objs:
                ForkingPickler(buffer).dump(obj)
        finally:
            set_spawning_popen(None)
        return buffer.getbuffer()


def _write_all(pipe, message):
    """Write *message*, as far as somebody reads it."""
    # Differs: a child that ends before it has read all; CPython waits for
    # it for ever (test_spawned_child_that_dies_early).
    try:
        while message:
            message = message[pipe.write(message) :]
    except BrokenPipeError:
        pass  # the exit code will tell


class _ServedFd(_DupFd):
    """The same, for a child of the server: number *fd* of those sent.

    CPython: popen_forkserver._DupFd
    """

    def detach(self):
        """Return it.  CPython: popen_forkserver._DupFd.detach"""
        return get_inherited_fds()[self.fd]


class ForkServerPopen(SpawnPopen):
    """The same, of a child of the server, which tells how it ended.

    CPython: popen_forkserver.Popen
    """

    # Left out: forkserver -- CPython's serves: what it forks runs
    # `_bootstrap` of what it unpickles, so it may be a Process of ours.

    method = "forkserver"
    DupFd = _ServedFd

    def duplicate_for_child(self, fd):
        """Have the server pass *fd* on.

        CPython: popen_forkserver.Popen.duplicate_for_child
        """
        self._fds.append(fd)
        return len(self._fds) - 1

    def _launch(self, process_obj):
        """Have the server fork.  CPython: popen_forkserver.Popen._launch"""
        data = get_preparation_data(process_obj._name)
        message = self._pickled(data, process_obj)
        _preload()
        self.sentinel, writer = forkserver.connect_to_new_process(self._fds)
        # For as long as *writer* is open, we are alive to the child.
        self._close_at_end(self.sentinel, writer)
        with open(writer, "wb", buffering=0, closefd=False) as pipe:
            _write_all(pipe, message)
        self.pid = read_signed(self.sentinel)

    def _ask(self):
        try:
            return read_signed(self.sentinel)
        except (OSError, EOFError):
            return UNKNOWN  # the server was killed

    def _send_signal(self, sig):
        if self.poll() is None:
            try:
                os.kill(self.pid, sig)
            except ProcessLookupError:
                pass


def _preload():
    """Have the server import this package, so that no child has to."""
    modules = forkserver._preload_modules
    if __package__ not in modules:
        forkserver._preload_modules = [*modules, __package__]


_popen_types = {
    "fork": Popen,
    "spawn": SpawnPopen,
    "forkserver": ForkServerPopen,
}


def get_command_line(pipe, parent_sentinel, tracker_fd):
    """Return how to start an interpreter that reads descriptor *pipe*.

    CPython: spawn.get_command_line
    """
    # First the path: it may take that to find this module.
    program = (
        f"import pickle, sys; pipe = open({pipe}, 'rb');"
        " sys.path = pickle.load(pipe);"
        " from minimp.process import spawn_main;"
        f" spawn_main(pipe, {parent_sentinel}, {tracker_fd})"
    )
    flags = args_from_interpreter_flags()
    program = ["-c", program, "--multiprocessing-fork"]
    return [get_executable(), *flags, *program]


def spawn_main(pipe, parent_sentinel, tracker_fd):
    """Be the child, to its end.  CPython: spawn.spawn_main"""
    resource_tracker._fd = tracker_fd
    sys.exit(_main(pipe, parent_sentinel))


def _main(pipe, parent_sentinel):
    """CPython: spawn._main"""
    with pipe:
        state._current_process._inheriting = True
        try:
            prepare(pickle.load(pipe))
            process_obj = pickle.load(pipe)
        finally:
            del state._current_process._inheriting
    return process_obj._bootstrap(parent_sentinel)


def get_preparation_data(name):
    """Return what a child has to know before it can unpickle itself.

    Raises RuntimeError in a child that imports `__main__` just now: if
    nothing in there stops it, this would go on for ever.

    CPython: spawn.get_preparation_data
    """
    check_not_importing_main()
    here = state.ORIGINAL_DIR
    data = {
        "name": name,
        "authkey": state._current_process.authkey,
        "sys_path": [here if path == "" else path for path in sys.path],
        "sys_argv": sys.argv,
        "orig_dir": here,
        "dir": os.getcwd(),
        "start_method": get_start_method(),
    }
    main = sys.modules["__main__"]
    main_path = getattr(main, "__file__", None)
    if main_name := getattr(main.__spec__, "name", None):
        data["init_main_from_name"] = main_name
    elif main_path is not None:
        main_path = os.path.join(here or "", main_path)
        data["init_main_from_path"] = os.path.normpath(main_path)
    return data


old_main_modules = []


def prepare(data):
    """Make this interpreter resemble the parent's.

    CPython: spawn.prepare
    """
    process = state._current_process
    process.name = data["name"]
    process.authkey = data["authkey"]
    sys.argv = data["sys_argv"]
    os.chdir(data["dir"])
    state.ORIGINAL_DIR = data["orig_dir"]
    set_start_method(data["start_method"], force=True)
    if "init_main_from_name" in data:
        _fixup_main_from_name(data["init_main_from_name"])
    elif "init_main_from_path" in data:
        _fixup_main_from_path(data["init_main_from_path"])


def _fixup_main_from_name(mod_name):
    """Import what was run with ``python -m``.

    CPython: spawn._fixup_main_from_name
    """
    # The `__main__` of a package runs all it has, guard or not.
    if mod_name != "__main__" and not mod_name.endswith(".__main__"):
        _set_main(runpy.run_module, mod_name, alter_sys=True)


def _fixup_main_from_path(main_path):
    """Import a program from its file.

    CPython: spawn._fixup_main_from_path
    """
    # That of IPython has no guard either.
    if os.path.splitext(os.path.basename(main_path))[0] != "ipython":
        _set_main(runpy.run_path, main_path)


def _set_main(run, *args, **kwds):
    """Have `__main__`, under a name that its guard does not let in."""
    old_main_modules.append(sys.modules["__main__"])
    main = types.ModuleType("__mp_main__")
    main.__dict__.update(run(*args, run_name="__mp_main__", **kwds))
    sys.modules["__main__"] = sys.modules["__mp_main__"] = main
