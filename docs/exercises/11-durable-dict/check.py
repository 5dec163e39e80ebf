"""The server is a process of its own each time, and ends by SIGKILL.

What the power switch does is told by a model, in which a disk has of a file what it had
when `os.fsync` was called for it, and nothing else.
"""

import contextlib
import multiprocessing
import os
import resource
import shutil
import signal
import threading

import pytest

from compare.checks import expect, within
from minimp import SyncManager
from minimp.managers import MakeProxyType

fork = multiprocessing.get_context("fork")
PATIENCE = 2  # seconds that a call may take
A_WHILE = 0.3  # seconds that a change is held up while another one comes
METHODS = "__setitem__ __getitem__ __delitem__ __contains__ __len__".split()
METHODS += "copy update pop popitem setdefault clear".split()
TEXT = "some more characters, " * 3


@pytest.fixture
def folder(tmp_path):
    """Where the dict's file is, and nothing else."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def serving(answer, folder):
    """Return a context manager: a new server, which has the dict of the one file."""
    path = str(folder / "kept")
    opened = []  # in the server: the dict, once somebody has asked for it

    class Manager(SyncManager):
        pass

    def kept():
        if not opened:
            opened.append(answer.DurableDict(path))
        return opened[0]

    Manager.register("kept", kept, MakeProxyType("DurableProxy", METHODS))

    @contextlib.contextmanager
    def serving(when_full=signal.SIG_IGN):
        server = Manager(ctx=fork)
        server.start(_prepare, (when_full,))
        try:
            yield server
        finally:
            server._process.kill()
            server._process.join()
            server.shutdown()

    return serving


def _prepare(when_full):
    """In the server: say what a write to a full disk does to the process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, when_full)


def _limit(server, size):
    """Have the system refuse to let a file of the server grow beyond `size` bytes."""
    pid = server._process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _size(folder):
    """Return the size of the largest file, in bytes."""
    return max((path.stat().st_size for path in folder.iterdir()), default=0)


def _kept(serving):
    """Return what the dict of a new server has."""
    with serving() as server:
        return within(PATIENCE, _contents, server)


def _contents(server):
    return server.kept().copy()


def test_1_works_like_a_dict(serving):
    with serving() as server:
        kept = server.kept()
        within(PATIENCE, kept.update, {"a": 1, "b": 2, "c": 3, "d": 4})
        within(PATIENCE, kept.__setitem__, "a", 5)
        within(PATIENCE, kept.__delitem__, "b")
        expect("pop('c'), which is 3", _outcome(kept.pop, "c"), 3)
        expect("setdefault('e', 6)", _outcome(kept.setdefault, "e", 6), 6)
        came = within(PATIENCE, kept.copy)
        expect("copy() after several changes", came, {"a": 5, "d": 4, "e": 6})
        expect("d['b'], which is deleted", _outcome(kept.__getitem__, "b"), "KeyError")


def _outcome(function, *args):
    """Return what is returned, or the name of the exception."""
    try:
        return within(PATIENCE, function, *args)
    except Exception as error:
        return type(error).__name__


def test_2_survives_sigkill(serving):
    with serving() as server:
        within(PATIENCE, server.kept().__setitem__, "key", "value")
    what = "what a new server has, after d['key'] = 'value' and SIGKILL"
    expect(what, _kept(serving), {"key": "value"})


def test_2_all_kinds_of_changes(serving):
    with serving() as server:
        kept = server.kept()
        within(PATIENCE, kept.update, {"a": 1, "b": 2, "c": 3, (4, 5): b"bytes"})
        within(PATIENCE, kept.__setitem__, "a", None)
        within(PATIENCE, kept.__delitem__, "b")
        expect("del d['b'] once more", _outcome(kept.__delitem__, "b"), "KeyError")
        within(PATIENCE, kept.pop, "c")
        before = within(PATIENCE, kept.copy)
    expect("what a new server has, after many changes", _kept(serving), before)
    with serving() as server:
        within(PATIENCE, server.kept().clear)
    expect("what a third server has, after clear()", _kept(serving), {})


@pytest.mark.parametrize("part", [0.02, 0.5, 0.999])
def test_3_killed_while_it_writes(serving, folder, part):
    """The system kills the server when it has written a part of a change."""
    with serving(when_full=signal.SIG_DFL) as server:
        answered, growth = _fill(server.kept(), folder)
        _limit(server, _size(folder) + max(1, int(part * growth)))
        with contextlib.suppress(EOFError, OSError):
            for key in range(3, 9):  # the first one is too much, if changes are alike
                within(PATIENCE, server.kept().__setitem__, key, TEXT)
                answered[key] = TEXT
    with serving() as server:
        after = within(PATIENCE, _contents, server)
        if key not in answered:
            after.pop(key, None)  # both is right
        expect("what a new server has of what was answered", after, answered)
        within(PATIENCE, server.kept().__setitem__, "more", "later")
        before = within(PATIENCE, _contents, server)
    expect("what a third server has, after d['more'] = 'later'", _kept(serving), before)


def _fill(kept, folder):
    """Set three keys; return them, and by how many bytes a file grew with the last."""
    for key in range(3):
        before = _size(folder)
        within(PATIENCE, kept.__setitem__, key, TEXT)
    return dict.fromkeys(range(3), TEXT), _size(folder) - before


def test_4_power_is_switched_off(answer, serving, folder, tmp_path, monkeypatch):
    disk = tmp_path / "disk"  # the files as they are on disk; their names are inodes
    disk.mkdir()

    def fsync(fd):
        fd = getattr(fd, "fileno", lambda: fd)()
        if os.path.isfile(f"/proc/self/fd/{fd}"):
            inode = os.fstat(fd).st_ino
            shutil.copyfile(f"/proc/self/fd/{fd}", disk / str(inode))

    _replace_fsync(monkeypatch, answer, fsync)
    changes = [("key", "old"), ("other", TEXT), ("key", "new")]
    with serving() as server:
        for change in changes:
            within(PATIENCE, server.kept().__setitem__, *change)
    for path in folder.iterdir():
        synced = disk / str(path.stat().st_ino)
        path.write_bytes(synced.read_bytes() if synced.exists() else b"")
    what = "what a new server has, if the files have what was there at the last fsync"
    expect(what, _kept(serving), dict(changes))


def _replace_fsync(monkeypatch, answer, function):
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, function)
        if hasattr(answer, name):
            monkeypatch.setattr(answer, name, function)


def test_5_two_change_the_same_key(answer, serving, monkeypatch):
    """The first change is held up when it syncs, until the second has been answered,
    if that can overtake it."""
    armed, begun, overtaken = fork.Event(), fork.Event(), fork.Event()

    def fsync(fd):
        if armed.is_set() and not begun.is_set():
            begun.set()
            overtaken.wait(A_WHILE)

    _replace_fsync(monkeypatch, answer, fsync)
    with serving() as server:
        kept, came = server.kept(), []
        within(PATIENCE, kept.__setitem__, "key", 0)
        armed.set()

        def set_key(value):
            came.append(_outcome(kept.__setitem__, "key", value))

        first = threading.Thread(target=set_key, args=(1,))
        first.start()
        expect("whether a change calls os.fsync", begun.wait(PATIENCE), True)
        set_key(2)
        overtaken.set()
        first.join()
        expect("what came of two changes at once", came, [None, None])
        before = within(PATIENCE, kept.copy)
    what = "what a new server has, as against the one where both were answered"
    expect(what, _kept(serving), before)


def test_6_disk_is_full(serving, folder):
    with serving() as server:
        kept = server.kept()
        within(PATIENCE, kept.__setitem__, "key", "old")
        _limit(server, _size(folder) + 20)
        came = _outcome(kept.__setitem__, "key", TEXT)
        expect("d['key'] = ..., for which there is no room", came, "OSError")
        came = within(PATIENCE, kept.copy)
        expect("the dict after this", came, {"key": "old"})
        _limit(server, resource.RLIM_INFINITY)
        within(PATIENCE, kept.__setitem__, "other", "later")
    what = "what a new server has, after there was room for d['other'] = 'later'"
    expect(what, _kept(serving), {"key": "old", "other": "later"})
