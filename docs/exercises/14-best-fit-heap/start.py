"""A heap that chooses by another rule, and what the choice costs."""

from typing import NamedTuple

from minimp.heap import Heap


class FirstFitHeap(Heap):
    """Takes the first free block that is large enough: in the oldest arena that has
    one, the one with the lowest offset."""

    def _malloc(self, size):
        """Take a free block of *size* bytes or more, perhaps far more."""
        return super()._malloc(size)


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
    raise NotImplementedError("replay the trace")
