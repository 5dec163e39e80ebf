"""The heap: blocks, arenas, and what must not happen to them."""

import errno
import gc
import os
import sys
import threading
import weakref

import pytest
import support
import workers

LARGE = 8 * 1024**2  # an arena of this size goes back when it is free


class Index:
    """Like a numpy integer: an index, but not an int."""

    def __index__(self):
        return 8


@pytest.fixture
def heap(impl):
    return impl.heap.Heap()


def new_wrapper(impl, monkeypatch):
    """Put a fresh heap behind `BufferWrapper` for one test."""
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    return impl.heap.BufferWrapper


# --- sizes ------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, True, False, 4096, 4097, 10**6])
def test_view_has_the_size_asked_for(impl, size):
    wrapper = impl.heap.BufferWrapper(size)
    view = wrapper.create_memoryview()
    assert len(view) == view.nbytes == size
    assert not view.readonly
    assert (view.format, view.itemsize, view.ndim) == ("B", 1, 1)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 100, 4096])
def test_block_is_the_size_rounded_up_to_eight(heap, size):
    arena, start, stop = heap.malloc(size)
    assert stop - start == max(8, -(-size // 8) * 8)
    assert heap._allocated_blocks == {arena: {(start, stop)}}
    support.check_heap(heap)


@pytest.mark.parametrize(
    "size, error, text",
    [
        (-1, ValueError, "Size -1 out of range"),
        (-(10**30), ValueError, f"Size -1{'0' * 30} out of range"),
        (-1.5, ValueError, "Size -1.5 out of range"),
        (sys.maxsize, OverflowError, f"Size {sys.maxsize} too large"),
        (10**30, OverflowError, f"Size 1{'0' * 30} too large"),
        (float("inf"), OverflowError, "Size inf too large"),
        (1.5, TypeError, "unsupported operand type(s) for &: 'float' and 'int'"),
        (
            float("nan"),
            TypeError,
            "unsupported operand type(s) for &: 'float' and 'int'",
        ),
        *[
            (
                wrong,
                TypeError,
                "'<' not supported between instances of "
                f"'{type(wrong).__name__}' and 'int'",
            )
            for wrong in ("1", b"1", None, (), 1j, Index())
        ],
    ],
    ids=support.name_of,
)
@pytest.mark.parametrize("name", ["Heap.malloc", "BufferWrapper"])
def test_wrong_sizes(impl, monkeypatch, name, size, error, text):
    wrapper = new_wrapper(impl, monkeypatch)
    heap = wrapper._heap
    call = wrapper if name == "BufferWrapper" else heap.malloc
    assert support.outcome(call, size) == (error, text)
    assert heap._arenas == []
    heap.free(heap.malloc(8))
    support.check_heap(heap)


@pytest.mark.parametrize("size", [sys.maxsize - 1, 2**62, 2**50])
def test_more_than_the_system_has(heap, size):
    with pytest.raises((OSError, OverflowError)) as caught:
        heap.malloc(size)
    if isinstance(caught.value, OSError):
        assert caught.value.errno in (errno.EFBIG, errno.ENOMEM, errno.ENOSPC)
    else:
        assert str(caught.value) == "Python int too large to convert to C long"
    assert heap._arenas == []
    heap.free(heap.malloc(8))
    support.check_heap(heap)


def test_views_of_one_wrapper_show_the_same_bytes(impl):
    wrapper = impl.heap.BufferWrapper(4)
    wrapper.create_memoryview()[:] = b"abcd"
    assert bytes(wrapper.create_memoryview()) == b"abcd"


# --- blocks -----------------------------------------------------------------


def test_blocks_lie_side_by_side(heap):
    blocks = [heap.malloc(16) for _ in range(4)]
    assert {arena for arena, _, _ in blocks} == set(heap._arenas)
    assert [b[1:] for b in blocks] == [(0, 16), (16, 32), (32, 48), (48, 64)]
    support.check_heap(heap)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_neighbours_are_merged_when_needed(impl, heap, order):
    blocks = [heap.malloc(1024) for _ in range(4)]
    (arena,) = heap._arenas
    for i in order:
        heap.free(blocks[i])
        support.check_heap(heap)
    assert len(support.free_blocks(heap)) == (4 if impl.ours else 1)
    assert heap.malloc(4096) == (arena, 0, 4096)
    support.check_heap(heap)


def test_blocks_of_different_arenas_stay_apart(impl):
    """Not even when one arena ends at the offset where the other goes on."""
    for _ in range(8):  # in whatever order the arenas lie in memory
        heap = impl.heap.Heap()
        whole, half = heap.malloc(4096), heap.malloc(4096)
        assert whole[0] is not half[0] and half[0].size == 8192
        heap.free(whole)
        new = heap.malloc(8192)
        assert new[1:] == (0, 8192)
        assert new[0] not in (whole[0], half[0])
        support.check_heap(heap)


def test_smallest_block_that_fits_is_taken(heap):
    blocks = [heap.malloc(size) for size in (64, 8, 32, 8, 48, 8)]
    for i in (0, 2, 4):
        heap.free(blocks[i])
    assert heap.malloc(25) == blocks[2]
    assert heap.malloc(41) == blocks[4]
    assert heap.malloc(57) == blocks[0]
    support.check_heap(heap)


def test_arenas_double(heap):
    sizes = []
    while len(sizes) < 4:
        block = heap.malloc(4096)
        if block[1] == 0:
            sizes.append(block[0].size)
    assert sizes == [4096 << n for n in range(4)]
    assert [arena.size for arena in heap._arenas] == sizes


def test_counters_count(heap):
    blocks = [heap.malloc(8) for _ in range(5)]
    for block in blocks[:3]:
        heap.free(block)
    assert (heap._n_mallocs, heap._n_frees) == (5, 3)


def test_wrapper_gives_its_block_back(impl, monkeypatch):
    wrapper_type = new_wrapper(impl, monkeypatch)
    wrapper = wrapper_type(100)
    heap = wrapper_type._heap
    (block, _) = wrapper._state
    assert support.blocks_in_use(heap) == {block}
    del wrapper
    assert support.blocks_in_use(heap) == set()
    assert heap.malloc(100) == block


def test_only_recycled_blocks_are_cleared(impl, monkeypatch):
    """CPython clears every RawArray and no block: the other way round."""
    new_wrapper(impl, monkeypatch)
    array = impl.RawArray("b", LARGE)
    arena = array._wrapper._state[0][0]
    written = os.fstat(arena.fd).st_blocks * 512
    assert written == (0 if impl.ours else LARGE)

    heap = impl.heap.Heap()
    arena, start, stop = block = heap.malloc(2048)
    arena.buffer[start:stop] = b"x" * 2048
    heap.free(block)
    assert heap.malloc(4096) == (arena, 0, 4096)  # half recycled, half fresh
    recycled = bytes(2048) if impl.ours else b"x" * 2048
    assert arena.buffer[:] == recycled + bytes(2048)


@pytest.mark.parametrize("make", ["RawValue", "RawArray"])
def test_recycled_memory_is_zero_for_ctypes(impl, monkeypatch, make):
    wrapper = new_wrapper(impl, monkeypatch)
    for _ in range(3):
        if make == "RawValue":
            thing = impl.RawValue("q")
        else:
            thing = impl.RawArray("q", 1)
        assert thing._wrapper._state[0][1:] == (0, 8)
        view = thing._wrapper.create_memoryview()
        assert bytes(view) == bytes(8)
        view[:] = b"\xff" * 8
        del thing, view
    assert len(wrapper._heap._arenas) == 1


# --- arenas -----------------------------------------------------------------


def test_large_arena_is_given_back(heap):
    block = heap.malloc(LARGE)
    arena = weakref.ref(block[0])
    file = support.file_of(block[0])
    assert support.is_open(file) and support.is_mapped(file)
    heap.free(block)
    assert heap._arenas == []
    support.check_heap(heap)
    del block
    assert arena() is None
    assert not support.is_open(file) and not support.is_mapped(file)


def test_large_arena_is_kept_while_a_block_of_it_lives(heap):
    heap._size = LARGE
    first, second = heap.malloc(8), heap.malloc(8)
    heap.free(first)
    assert heap._arenas == [second[0]]
    heap.free(second)
    assert heap._arenas == []
    support.check_heap(heap)


def test_small_arena_is_kept(heap):
    block = heap.malloc(8)
    heap.free(block)
    assert heap._arenas == [block[0]]


def test_arena_lives_as_long_as_a_view_of_it(impl, monkeypatch):
    wrapper = new_wrapper(impl, monkeypatch)(LARGE)
    view = wrapper.create_memoryview()
    view[-1] = 7
    del wrapper
    assert view[-1] == 7


def test_arena_ignores_dev_shm(impl):
    """CPython asks how much room is left there, and may use a disk."""
    status = os.statvfs("/dev/shm")
    room = status.f_bavail * status.f_frsize
    files = {}
    for name, size in ("small", 4096), ("too large", room + 4096):
        arena = impl.heap.Arena(size)
        files[name] = os.readlink(f"/proc/self/fd/{arena.fd}")
        assert len(arena.buffer) == arena.size == size
        del arena
    if impl.ours:
        assert set(files.values()) == {"/memfd:minimp (deleted)"}
    else:
        assert files["small"].startswith("/dev/shm/pym-")
        assert not files["too large"].startswith("/dev/shm")


# --- frees that come at a bad moment ----------------------------------------


def test_free_while_the_lock_is_held_waits_for_the_next_call(heap):
    first, second = heap.malloc(8), heap.malloc(8)
    with heap._lock:
        heap.free(first)
        assert len(heap._pending_free_blocks) == 1
        assert support.blocks_in_use(heap) == {first, second}
    assert heap.malloc(8) == first
    with heap._lock:
        heap.free(first)
    heap.free(second)
    assert heap._pending_free_blocks == []
    assert support.blocks_in_use(heap) == set()
    support.check_heap(heap)


def test_collector_frees_inside_malloc_without_deadlock(impl):
    code = f"import workers; workers.collect_inside_malloc({impl.name!r})"
    output = support.run_python(code, timeout=20)
    assert output == "deferred 50\nin use True\n"


def test_collector_frees_at_any_moment_without_deadlock(impl):
    code = f"import workers; workers.collect_all_the_time({impl.name!r})"
    assert support.run_python(code, timeout=20) == "in use 0\n"


def test_threads_do_not_share_a_block(heap):
    errors = []
    interval = sys.getswitchinterval()
    threads = [
        threading.Thread(target=workers.malloc_write_check_free, args=(heap, n, errors))
        for n in range(1, 5)
    ]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(support.TIMEOUT)
    finally:
        sys.setswitchinterval(interval)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []
    heap.free(heap.malloc(8))  # frees what is still pending
    assert support.blocks_in_use(heap) == set()
    assert heap._n_mallocs == 4 * 200 + 1
    support.check_heap(heap)


# --- forks ------------------------------------------------------------------


def test_child_and_parent_do_not_hand_out_the_same_bytes(impl):
    ctx = impl.context("fork")
    ready, go = ctx.Event(), ctx.Event()
    keep = impl.heap.BufferWrapper(8)
    keep.create_memoryview()[:] = b"inherits"
    process = ctx.Process(
        target=workers.fill_new_blocks, args=(impl.name, keep, ready, go)
    )
    process.start()
    assert ready.wait(support.TIMEOUT)
    mine = [impl.heap.BufferWrapper(8) for _ in range(100)]
    for wrapper in mine:
        wrapper.create_memoryview()[:] = b"parental"
    go.set()
    support.finish(process)
    assert {bytes(w.create_memoryview()) for w in mine} == {b"parental"}
    assert bytes(keep.create_memoryview()) == b"changed!"


def test_child_may_drop_what_it_inherited(impl):
    ctx = impl.context("fork")
    held = [impl.heap.BufferWrapper(8) for _ in range(3)]
    for wrapper in held:
        wrapper.create_memoryview()[:] = b"parental"
    support.run(ctx, workers.drop_then_allocate, impl.name, held)
    assert {bytes(w.create_memoryview()) for w in held} == {b"parental"}


def test_fork_while_another_thread_is_in_the_heap(impl):
    """The child's heap is free, though it was copied while locked."""
    ctx = impl.context("fork")
    inherited = impl.heap.BufferWrapper(8)
    with impl.heap.BufferWrapper._heap._lock:
        process = ctx.Process(
            target=workers.drop_then_allocate, args=(impl.name, [inherited])
        )
        process.start()
        support.finish(process)


def test_wrapper_made_before_a_fork_is_not_handed_out_again(impl, monkeypatch):
    """minimp retires it; the arena goes when all of it is free or retired."""
    wrapper_type = new_wrapper(impl, monkeypatch)
    heap = wrapper_type._heap
    first, second = wrapper_type(8), wrapper_type(8)
    ctx = impl.context("fork")
    support.run(ctx, print)
    block, arena = first._state[0], first._state[0][0]
    file = support.file_of(arena)
    later = wrapper_type(8)
    del first
    assert (block in support.blocks_in_use(heap)) == impl.ours
    assert (wrapper_type(8)._state[0] == block) != impl.ours
    del second, later, block, arena
    gc.collect()
    assert support.blocks_in_use(heap) == set()
    assert support.is_open(file) != impl.ours
    assert support.is_mapped(file) != impl.ours
    assert len(heap._arenas) == (0 if impl.ours else 1)
    support.check_heap(heap)


def test_nothing_is_freed_while_the_interpreter_ends(impl, monkeypatch):
    """Modules may be gone by then, and the memory goes anyway."""
    if not impl.ours:
        pytest.skip("CPython's finalizers have a check of their own")
    heap = impl.heap.Heap()
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", heap)
    wrapper = impl.heap.BufferWrapper(8)
    wrapper.__del__(_is_finalizing=lambda: True)
    assert heap._n_frees == 0
    del wrapper
    assert heap._n_frees == 1


def test_forks_of_two_threads_may_overlap(monkeypatch):
    """A block made and dropped between the ends of the two may be a child's."""
    heap_module = support.load("minimp").heap
    heap = heap_module.Heap()
    monkeypatch.setattr(heap_module.BufferWrapper, "_heap", heap)
    heap_module._before_fork()
    heap_module._before_fork()
    heap_module._after_fork()
    before, between = heap.malloc(8), heap_module.BufferWrapper(8)
    del between
    heap_module._after_fork()
    after = heap_module.BufferWrapper(8)
    del after
    free = sorted(block[1:] for block in support.free_blocks(heap))
    assert free == [(16, 24), (24, 4096)]
    assert blocks_after(heap, before) == [(8, 16)]


def blocks_after(heap, block):
    """Return the blocks in use or retired behind *block*."""
    used = support.blocks_in_use(heap)
    return sorted(b[1:] for b in used if b[0] is block[0] and b[1] >= block[2])


def test_large_request_leaves_unmerged_what_nobody_freed(monkeypatch):
    """To look through all free blocks again would find nothing new."""
    heap = support.load("minimp").heap.Heap()
    blocks = [heap.malloc(8) for _ in range(20)]
    for block in blocks[::2]:
        heap.free(block)
    big = heap.malloc(10_000)
    merges = []
    monkeypatch.setattr(heap, "_merge_free_blocks", lambda: merges.append(1))
    heap.malloc(20_000_000)
    assert merges == []
    heap.free(big)
    heap.malloc(20_000_000)
    assert merges == [1]
