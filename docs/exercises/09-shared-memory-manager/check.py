import collections
import contextlib
import multiprocessing
import os
import tempfile
import time

import pytest

from compare.checks import expect, within

fork = multiprocessing.get_context("fork")
SIZE = 100_000_000 + os.getpid()  # bytes; nobody else has files of this size
FEW = 10_000  # bytes
PATIENCE = 2  # seconds


@pytest.fixture(autouse=True)
def no_file_stays():
    """Remove the files that an answer leaves, since they would stay until a reboot."""
    before = set(_files())
    yield
    for path in set(_files()) - before:
        os.unlink(path)


@pytest.fixture
def manager(answer):
    """A running manager of the learner's class."""
    with answer.MemoryManager() as manager:
        yield manager


@pytest.fixture
def received(monkeypatch):
    """Return a function that tells how many bytes this process has read since."""
    total, read, readv = 0, os.read, os.readv

    def counting_read(fd, size):
        nonlocal total
        data = read(fd, size)
        total += len(data)
        return data

    def counting_readv(fd, buffers):
        nonlocal total
        size = readv(fd, buffers)
        total += size
        return size

    monkeypatch.setattr(os, "read", counting_read)
    monkeypatch.setattr(os, "readv", counting_readv)
    return lambda: total


def test_1_bytes_do_not_cross_the_socket(manager, received):
    block = manager.Block(SIZE)
    view = within(PATIENCE, block.view)
    expect("how many bytes a view of 100 MB has", view.nbytes, SIZE)
    came, few = received(), f"fewer than {FEW}"
    what = "bytes that came from the server for a view of 100 MB"
    expect(what, came if came >= FEW else few, few)


def _write(block):
    block.view()[-5:] = b"child"


def test_2_what_one_writes_others_read(manager):
    block = manager.Block(SIZE)
    for tail in (b"first", b"again"):
        child = fork.Process(target=_write, args=(block,))
        child.start()
        child.join(PATIENCE)
        child.kill()
        expect("exit code of a process that writes into its view", child.exitcode, 0)
        view = within(PATIENCE, block.view)
        expect("what it wrote, in a view here", bytes(view[-5:]), b"child")
        view[-5:] = tail
    again = bytes(within(PATIENCE, block.view)[-5:])
    expect("what was written here, in another view", again, tail)


def test_3_each_block_has_its_own_bytes(manager):
    one, two = manager.Block(10), manager.Block(10)
    within(PATIENCE, one.view)[:] = b"0123456789"
    there = bytes(within(PATIENCE, two.view))
    expect("what is in another block, which nobody has written to", there, bytes(10))


def test_4_view_outlives_all(answer):
    with answer.MemoryManager() as manager:
        block = manager.Block(SIZE)
        block.view()[:4] = b"here"
        view, other = block.view(), block.view()
        del block
        other[4:9] = b"still"
        expect("a view when the block has no proxy", bytes(view[:9]), b"herestill")
    other[:4] = b"till"
    expect("a view when the manager has ended", bytes(view[:9]), b"tillstill")


def test_5_memory_is_freed(manager):
    before = _holders()
    block = manager.Block(SIZE)
    with within(PATIENCE, block.view) as view:  # which lets go of the bytes at its end
        view[:4] = b"used"
    del block
    what = "who still has the 100 MB when proxy and view are gone"
    expect(what, _held_after(before), [])


def test_5_manager_that_ends_leaves_nothing(answer):
    before = _holders()
    with answer.MemoryManager() as manager:
        block = manager.Block(SIZE)
        block.view().release()
    what = "who still has the 100 MB when the manager ended before the block"
    expect(what, _held_after(before), [])


def _held_after(before):
    """Return who holds memory and did not before; those who are about to let go have
    some time for it."""
    deadline = time.monotonic() + PATIENCE
    while (found := _holders() - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    return sorted(found)


def _holders():
    """Count where `SIZE` bytes are held: by the server, by this process, in a file."""
    pids = {child.pid: "the server" for child in multiprocessing.active_children()}
    pids[os.getpid()] = "the client"
    found = collections.Counter()
    for pid, name in pids.items():
        found.update(f"{name}, a mapping" for size in _mappings(pid) if size >= SIZE)
        found.update(f"{name}, a descriptor" for size in _open(pid) if size == SIZE)
    found.update(_files())
    return found


def _files():
    """Yield the paths of files of `SIZE` bytes where shared memory may be kept."""
    for folder in ("/dev/shm", tempfile.gettempdir()):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with contextlib.suppress(FileNotFoundError):  # others' come and go
                if os.stat(path).st_size == SIZE:
                    yield path


def _mappings(pid):
    """Yield the sizes of what a process has mapped, in bytes."""
    with open(f"/proc/{pid}/maps") as lines:
        for line in lines:
            start, stop = line.split()[0].split("-")
            yield int(stop, 16) - int(start, 16)


def _open(pid):
    """Yield the sizes of what a process has open, in bytes."""
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that lists the folder
            yield os.stat(f"/proc/{pid}/fd/{number}").st_size
