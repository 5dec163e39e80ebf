"""What the tests run in other processes and threads."""

import ctypes
import gc
import os
import random
import signal
import time

import support


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]


class Line(ctypes.Structure):
    _fields_ = [("start", Point), ("stop", Point), ("name", ctypes.c_char * 4)]


class Row(ctypes.Structure):
    _fields_ = [("cells", ctypes.c_int * 2)]


class Either(ctypes.Union):
    _fields_ = [("number", ctypes.c_uint), ("octets", ctypes.c_ubyte * 4)]


# --- test_heap --------------------------------------------------------------


def malloc_write_check_free(heap, number, errors, rounds=200):
    """Hold up to ten blocks, each filled with `number`; check, then free."""
    rng = random.Random(number)
    held = []
    for _ in range(rounds):
        arena, start, stop = block = heap.malloc(rng.randrange(200))
        arena.buffer[start:stop] = bytes([number]) * (stop - start)
        held.append(block)
        if len(held) == 10:
            _check_and_free(heap, held, rng.randrange(10), number, errors)
    while held:
        _check_and_free(heap, held, 0, number, errors)


def _check_and_free(heap, held, i, number, errors):
    arena, start, stop = block = held.pop(i)
    if arena.buffer[start:stop] != bytes([number]) * (stop - start):
        errors.append(block)
    heap.free(block)


class LockThatCollects:
    """The lock of a heap; who gets it meets the garbage collector."""

    def __init__(self, heap):
        self._heap = heap
        self._lock = heap._lock
        self.acquire = self._lock.acquire
        self.release = self._lock.release
        self.deferred = 0  # frees that had to wait meanwhile

    def __enter__(self):
        self._lock.acquire()
        gc.collect()
        self.deferred += len(self._heap._pending_free_blocks)

    def __exit__(self, *args):
        self._lock.release()


def make_garbage(wrapper_type):
    """Leave a block that only the garbage collector frees."""
    loop = [wrapper_type(8)]
    loop.append(loop)


def collect_inside_malloc(name):
    """Print how many frees came while `malloc` held the heap's lock."""
    wrapper_type = support.load(name).heap.BufferWrapper
    heap = wrapper_type._heap
    heap._lock = LockThatCollects(heap)
    gc.disable()
    for _ in range(50):
        make_garbage(wrapper_type)
    keep = wrapper_type(8)
    print("deferred", heap._lock.deferred)
    print("in use", support.blocks_in_use(heap) == {keep._state[0]})


def collect_all_the_time(name):
    wrapper_type = support.load(name).heap.BufferWrapper
    heap = wrapper_type._heap
    gc.set_threshold(1)
    for _ in range(2000):
        make_garbage(wrapper_type)
    gc.collect()
    heap.free(heap.malloc(8))
    support.check_heap(heap)
    print("in use", len(support.blocks_in_use(heap)))


def fill_new_blocks(name, inherited, ready, go):
    """Fill new blocks of this process; they keep what is written."""
    wrapper_type = support.load(name).heap.BufferWrapper
    assert bytes(inherited.create_memoryview()) == b"inherits"
    mine = [wrapper_type(8) for _ in range(100)]
    for wrapper in mine:
        wrapper.create_memoryview()[:] = b"children"
    inherited.create_memoryview()[:] = b"changed!"
    ready.set()
    assert go.wait(support.TIMEOUT)
    assert {bytes(w.create_memoryview()) for w in mine} == {b"children"}


def drop_then_allocate(name, held):
    """Drop what was inherited; new blocks must be others."""
    held.clear()
    gc.collect()
    wrapper_type = support.load(name).heap.BufferWrapper
    for _ in range(10):
        wrapper_type(8).create_memoryview()[:] = b"children"


# --- test_processes ---------------------------------------------------------


def execute(statements, things):
    """Do to each thing what its statement says."""
    for statement, thing in zip(statements, things, strict=True):
        exec(statement, {"thing": thing})


def try_lock(lock, answer):
    """Tell in `answer` whether `lock` was free: 1 or 0."""
    answer.value = lock.acquire(False)


def copy_on_request(numbers, answer, request, done):
    assert request.wait(support.TIMEOUT)
    answer[:] = numbers[:]
    done.set()


def increment(value, times):
    for _ in range(times):
        with value.get_lock():
            value.value += 1


def increment_both(lock, first, second, times):
    for _ in range(times):
        with lock:
            first.value += 1
            second[1] += 1


def pass_on(name, methods, value, numbers):
    """Add one, then have the next process do the same."""
    value.value += 1
    numbers[len(methods)] = 1
    if methods:
        ctx = support.load(name).context(methods[0])
        support.run(ctx, pass_on, name, methods[1:], value, numbers)


def show(thing):
    """What a Pool is asked to do with what cannot be sent to it."""
    return repr(thing)


def overwrite_after_go(array, seen, ready, go):
    """Tell what `array` holds after `go`, then overwrite it."""
    ready.set()
    assert go.wait(support.TIMEOUT)
    seen[:] = array[:]
    array[:] = [-1] * 4


def lock_after_go(lock, ready, go):
    """Use `lock` after `go`, and keep it."""
    ready.set()
    assert go.wait(support.TIMEOUT)
    for _ in range(3):
        assert lock.acquire(timeout=0)
        assert not lock.acquire(timeout=0)
        lock.release()
    assert lock.acquire(timeout=0)


# --- test_kills -------------------------------------------------------------


def hold_for_ever(name, value, lock, ready):
    """Hold memory and locks, the parent's and one's own, until killed."""
    impl = support.load(name)
    value.value = 7
    mine = [impl.RawArray("b", 100_000), impl.RawValue("d", 0.5)]
    if impl.ours:
        mine += [impl.Lock(), impl.Value("i", 1), impl.Barrier(2)]
        mine[-2].acquire()
    lock.acquire()
    ready.set()
    signal.pause()
    return mine


def outlive(name, pipe):
    """Start a child that goes on when this process is killed."""
    impl = support.load(name)
    ctx = impl.context("fork")
    value = impl.Value("i", 1000)
    child = ctx.Process(target=go_on_alone, args=(value, os.getpid(), pipe))
    child.start()
    print("ready", flush=True)
    signal.pause()


def go_on_alone(value, parent, pipe):
    """Use `value` when `parent` is no more, and tell what it was."""
    while os.getppid() == parent:
        time.sleep(0.005)
    increment(value, 1000)
    os.write(pipe, b"%d" % value.value)


def wait_for_lock(lock, ready, answer):
    ready.set()
    answer.value = lock.acquire()
