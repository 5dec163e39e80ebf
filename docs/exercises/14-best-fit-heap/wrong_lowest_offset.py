"""Wrong: it takes the lowest offset in any arena."""

from typing import NamedTuple

from minimp.heap import Heap


class FirstFitHeap(Heap):
    """Takes the first free block that is large enough: in the oldest arena that has
    one, the one with the lowest offset."""

    def _malloc(self, size):
        """Take a free block of *size* bytes or more, perhaps far more."""
        block = self._first(size)
        if block is None and self._unmerged:
            self._merge_free_blocks()
            block = self._first(size)
        if block is None:
            return self._new_arena(size)
        self._remove_free_block(block)
        return block

    def _first(self, size):
        """Return the first free block of `size` bytes or more, or None."""
        fitting = (
            block
            for length, blocks in self._len_to_seq.items()
            if length >= size
            for block in blocks
        )
        return min(fitting, key=self._place, default=None)

    def _place(self, block):
        _, start, _ = block
        return start

    def _remove_free_block(self, block):
        _, start, stop = block
        length = stop - start
        blocks = self._len_to_seq[length]
        blocks.remove(block)
        if not blocks:
            del self._len_to_seq[length]
            self._lengths.remove(length)


class Measured(NamedTuple):
    """What a heap needed; the first two are bytes."""

    taken: int  # from the system: all arenas together
    wanted: int  # the most that was handed out at one time, rounding included
    pieces: int  # how many free blocks there are at the end


def measure(heap, trace):
    """Return what a new heap needs for a trace, a Measured.

    A trace is a list of numbers: 24 asks for 24 bytes, and -3 frees the block that was
    the third to be handed out.
    """
    blocks, now, wanted = [], 0, 0
    for number in trace:
        if number > 0:
            block = heap.malloc(number)
            blocks.append(block)
            now += _length(block)
            wanted = max(wanted, now)
        else:
            block = blocks[-number - 1]
            now -= _length(block)
            heap.free(block)
    taken = sum(arena.size for arena in heap._arenas)
    pieces = sum(len(blocks) for blocks in heap._len_to_seq.values())
    return Measured(taken, wanted, pieces)


def _length(block):
    _, start, stop = block
    return stop - start
