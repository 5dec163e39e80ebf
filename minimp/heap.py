"""Memory that several processes see, cut into blocks.

An *arena* is a file that lives in memory, mapped into this process.  A
*heap* cuts its arenas into *blocks*.  A *buffer wrapper* holds one block
and gives it back when it dies::

    BufferWrapper(4) ---> Heap.malloc(4) ---> (arena, 0, 8)
                                                 |
    arena.buffer   [ block | block |     free space      ]
                   0       8      16                     4096

A process that is forked, or that is sent a wrapper while it is spawned,
maps the same arena: what one writes there, all of them read.
"""

# CPython: heap

import bisect
import ctypes
import itertools
import mmap
import os
import sys
import threading
import weakref

from ._borrowed import DupFd, register

__all__ = ["BufferWrapper"]

if not hasattr(os, "memfd_create"):
    raise ImportError(
        "this system has no memfd_create, which minimp.heap needs;"
        " use multiprocessing.heap instead"
    )


class Arena:
    """Map *size* bytes of zeroed, shareable memory.

    ``buffer`` is the mmap, ``fd`` the file behind it: a new one, or the
    one that is passed in, of which the arena then takes care.

    Raises OSError where the system refuses that much.

    CPython: heap.Arena
    """

    # Left out: Windows -- one system keeps the idea in sight.
    # Differs: memfd_create, not a file in /dev/shm or else on a disk; an
    # arena may be larger than /dev/shm (test_arena_ignores_dev_shm).

    def __init__(self, size, fd=-1):
        self.size = size
        self.fresh = 0  # from here on, no block was ever handed out
        self.fd = os.memfd_create("minimp") if fd == -1 else fd
        # A forked child owns a copy of the descriptor, and closes it too;
        # what is open at the end of a process, the system closes.
        weakref.finalize(self, os.close, self.fd).atexit = False
        if fd == -1:
            os.ftruncate(self.fd, size)
        self.buffer = mmap.mmap(self.fd, size)
        # The address stays; what was asked for it goes at once, since it
        # would keep the buffer from being closed.
        first = ctypes.c_char.from_buffer(self.buffer)
        self.address = ctypes.addressof(first)


def reduce_arena(a):
    """Pickle an arena by its descriptor.  CPython: heap.reduce_arena"""
    return rebuild_arena, (a.size, DupFd(a.fd))


def rebuild_arena(size, dupfd):
    """Map a received descriptor.  CPython: heap.rebuild_arena"""
    return Arena(size, dupfd.detach())


register(Arena, reduce_arena)


class Heap:
    """Hand out blocks of arenas, and take them back.

    A block is a tuple ``(arena, start, stop)``; offsets are in bytes.  A
    request gets the smallest free block that is large enough, and the
    rest of it stays free.  When none is, free neighbours are merged.

    Any thread may call `malloc` and `free`, and the garbage collector may
    call `free` at any moment.

    CPython: heap.Heap
    """

    # Left out: a check of the process id -- see `_new_heap_after_fork`.
    # Left out: a signal's handler that raises in the middle -- as in
    # CPython, it may leave the lock held.

    _alignment = 8

    _DISCARD_FREE_SPACE_LARGER_THAN = 4 * 1024**2
    _DOUBLE_ARENA_SIZE_UNTIL = 4 * 1024**2

    def __init__(self, size=mmap.PAGESIZE):
        self._lock = threading.Lock()
        # guarded by self._lock:
        self._size = size  # of the next arena, in bytes
        self._lengths = []  # the keys of _len_to_seq, sorted
        self._len_to_seq = {}  # length -> list of free blocks, never empty
        self._unmerged = False  # may two free blocks be neighbours?
        self._allocated_blocks = {}  # arena -> set of (start, stop)
        self._retired = {}  # arena -> how many of these are retired
        self._arenas = []
        self._n_mallocs = 0
        self._n_frees = 0
        # not guarded, since append and pop are atomic:
        self._pending_free_blocks = []  # of (block, may it be reused?)

    @staticmethod
    def _roundup(n, alignment):
        """Round *n* up to a multiple of *alignment*, a power of two."""
        mask = alignment - 1
        return (n + mask) & ~mask

    def _new_arena(self, size):
        """Return a new arena of *size* bytes or more, as one block."""
        length = self._roundup(max(self._size, size), mmap.PAGESIZE)
        # Each arena costs two descriptors: the more arenas, the larger.
        if self._size < self._DOUBLE_ARENA_SIZE_UNTIL:
            self._size *= 2
        arena = Arena(length)
        self._arenas.append(arena)
        self._allocated_blocks[arena] = set()
        self._retired[arena] = 0
        return (arena, 0, length)

    def _discard_arena(self, arena):
        """Forget *arena*; its memory goes with the last who maps it."""
        for length, seq in list(self._len_to_seq.items()):
            seq[:] = [block for block in seq if block[0] is not arena]
            if not seq:
                del self._len_to_seq[length]
                self._lengths.remove(length)
        del self._allocated_blocks[arena], self._retired[arena]
        self._arenas.remove(arena)

    def _malloc(self, size):
        """Take a free block of *size* bytes or more, perhaps far more."""
        i = bisect.bisect_left(self._lengths, size)
        if i == len(self._lengths) and self._unmerged:
            self._merge_free_blocks()
            i = bisect.bisect_left(self._lengths, size)
        if i == len(self._lengths):
            return self._new_arena(size)
        length = self._lengths[i]
        seq = self._len_to_seq[length]
        # No call from here on, so that no signal's handler comes between.
        block = seq[-1]
        del seq[-1]
        if not seq:
            del self._len_to_seq[length], self._lengths[i]
        return block

    def _add_free_block(self, block):
        """Make *block* available."""
        _, start, stop = block
        length = stop - start
        seq = self._len_to_seq.get(length)
        if seq:
            seq.append(block)
        else:
            self._len_to_seq[length] = [block]
            bisect.insort(self._lengths, length)

    def _merge_free_blocks(self):
        """Make one free block of each run of free neighbours."""
        # Differs: done when nothing else helps, not at each free, so that
        # a block that comes back is handed out again as it is
        # (test_neighbours_are_merged_when_needed).
        merged = []
        blocks = itertools.chain.from_iterable(self._len_to_seq.values())
        for block in sorted(blocks, key=lambda b: (id(b[0]), b[1])):
            arena, start, stop = block
            if merged and merged[-1][0] is arena and merged[-1][2] == start:
                _, start, _ = merged.pop()
            merged.append((arena, start, stop))
        self._len_to_seq = {}
        self._lengths = []
        for block in merged:
            self._add_free_block(block)
        self._unmerged = False

    def _remove_allocated_block(self, block, reuse):
        """Make *block* available, or retired.

        An arena of which nobody here uses anything is discarded, if it
        is large, or if part of it could not be used again anyway.
        """
        arena, start, stop = block
        blocks = self._allocated_blocks[arena]
        if reuse:
            blocks.remove((start, stop))
        else:
            self._retired[arena] += 1
        retired = self._retired[arena]
        if len(blocks) == retired and (
            retired or arena.size >= self._DISCARD_FREE_SPACE_LARGER_THAN
        ):
            self._discard_arena(arena)
        elif reuse:
            self._add_free_block(block)
            self._unmerged = True

    def _free_pending_blocks(self):
        """Free what waits to be freed.  Caller holds self._lock."""
        while self._pending_free_blocks:
            block, reuse = self._pending_free_blocks.pop()
            self._n_frees += 1
            self._remove_allocated_block(block, reuse)

    def free(self, block, reuse=True):
        """Give *block* back; with ``reuse=False``, retire it.

        A retired block is not handed out again, since another process
        may still hold it.  Its arena goes when nothing else is in it.

        CPython: heap.Heap.free
        """
        # Differs: a block that a child may hold is never handed out again
        # (test_block_of_a_child_is_not_handed_out_again).

        # The collector may call this while this very thread is in malloc
        # and holds the lock: to wait for it would be to wait for ever.
        # So the block is queued, and whoever gets the lock frees it.
        self._pending_free_blocks.append((block, reuse))
        while self._pending_free_blocks and self._lock.acquire(False):
            try:
                self._free_pending_blocks()
            finally:
                self._lock.release()

    def malloc(self, size):
        """Return a block of *size* bytes, rounded up, all of them zero.

        Raises ValueError when *size* is negative, OverflowError when no
        process could address that much, OSError when the system refuses.

        CPython: heap.Heap.malloc
        """
        # Differs: the bytes are zero, and only recycled ones are cleared;
        # CPython leaves that to RawValue, which clears all of them
        # (test_only_recycled_blocks_are_cleared).
        if size < 0:
            raise ValueError(f"Size {size:n} out of range")
        if sys.maxsize <= size:
            raise OverflowError(f"Size {size:n} too large")
        size = self._roundup(max(size, 1), self._alignment)
        with self._lock:
            self._n_mallocs += 1
            if self._pending_free_blocks:
                self._free_pending_blocks()
            arena, start, stop = self._malloc(size)
            real_stop = start + size
            if real_stop < stop:
                self._add_free_block((arena, real_stop, stop))
            self._allocated_blocks[arena].add((start, real_stop))
            recycled = arena.fresh - start
            if recycled < size:
                arena.fresh = real_stop
        if recycled > 0:
            n = min(recycled, size)
            arena.buffer[start : start + n] = bytes(n)
        return (arena, start, real_stop)


class BufferWrapper:
    """Hold a block of *size* zeroed bytes for as long as this lives.

    Raises what `Heap.malloc` raises.

    CPython: heap.BufferWrapper
    """

    _heap = Heap()
    _epoch = object()  # another one after each fork; None during a fork
    _forks = 0  # how many are going on
    _owner = None  # the heap to give the block back to; a copy has none

    def __init__(self, size):
        self._born = BufferWrapper._epoch  # None: not for us alone
        heap = BufferWrapper._heap
        self._state = (heap.malloc(size), size)
        self._owner = heap

    def __getstate__(self):
        # Whoever gets the pickle may hold the block at any later time.
        self._born = None
        return self._state

    def __setstate__(self, state):
        self._state = state

    def __del__(self, _is_finalizing=sys.is_finalizing):
        # At the end of the interpreter, modules go before objects do.
        if self._owner and not _is_finalizing():
            # A fork in between has given the block to a child as well.
            ours_alone = self._born and self._born is self._epoch
            self._owner.free(self._state[0], reuse=ours_alone)

    def get_address(self):
        """Return where the block starts in this process's memory."""
        (arena, start, _), _ = self._state
        return arena.address + start

    def create_memoryview(self):
        """Return the block as a writable memoryview of *size* bytes.

        CPython: heap.BufferWrapper.create_memoryview
        """
        (arena, start, _), size = self._state
        return memoryview(arena.buffer)[start : start + size]


def _before_fork():
    # Until the fork is over, nobody can tell which blocks the child got.
    BufferWrapper._forks += 1
    BufferWrapper._epoch = None


def _after_fork():
    BufferWrapper._forks -= 1
    if not BufferWrapper._forks:
        BufferWrapper._epoch = object()


def _new_heap_after_fork():
    # The heap that the child inherits would hand out the same bytes as
    # its parent's, and its lock may be held by a thread that is not here.
    BufferWrapper._heap = Heap()
    BufferWrapper._forks = 1  # other threads' are not ours
    _after_fork()


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork,
    after_in_child=_new_heap_after_fork,
)
