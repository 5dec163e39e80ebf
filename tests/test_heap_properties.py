"""Any order of calls on a heap keeps its promises."""

import pytest
import support
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

# Around the limits: of a block (8), of a page, and of what is given back.
SIZES = st.one_of(
    st.integers(0, 200),
    st.integers(4000, 9000),
    st.sampled_from([1024, 2048, 4096, 2**20, 4 * 1024**2, 5 * 1024**2]),
)
SHOWN = 4096  # bytes at either end of a block that are looked at


def ends(block):
    """Return the bytes at both ends of `block`."""
    arena, start, stop = block
    near = arena.buffer[start : min(stop, start + SHOWN)]
    return near + arena.buffer[max(start, stop - SHOWN) : stop]


def fill(block, byte):
    arena, start, stop = block
    size = min(stop - start, SHOWN)
    arena.buffer[start : start + size] = bytes([byte]) * size
    arena.buffer[stop - size : stop] = bytes([byte]) * size


class HeapMachine(RuleBasedStateMachine):
    """A heap, beside the list of the blocks that it handed out."""

    impl = None  # set by the test
    blocks = Bundle("blocks")

    @initialize()
    def new_heap(self):
        self.heap = self.impl.heap.Heap()
        self.live = {}  # block -> the bytes at its ends
        self.retired = set()
        self.mallocs = 0

    @rule(target=blocks, size=SIZES, byte=st.integers(1, 255))
    def malloc(self, size, byte):
        block = self.heap.malloc(size)
        self.mallocs += 1
        arena, start, stop = block
        assert stop - start == max(8, (size + 7) // 8 * 8)
        assert block not in self.live and block not in self.retired
        if self.impl.ours:
            assert not any(ends(block))
        fill(block, byte)
        self.live[block] = ends(block)
        return block

    @rule(block=consumes(blocks))
    def free(self, block):
        del self.live[block]
        self.heap.free(block)

    @rule(block=consumes(blocks))
    def free_while_the_lock_is_held(self, block):
        with self.heap._lock:
            self.heap.free(block)
        del self.live[block]
        # The next call frees it: any will do.
        self.heap.free(self.heap.malloc(0))
        self.mallocs += 1

    @precondition(lambda self: self.impl.ours)
    @rule(block=consumes(blocks))
    def retire(self, block):
        del self.live[block]
        self.heap.free(block, reuse=False)
        self.retired.add(block)

    @invariant()
    def blocks_tile_the_arenas(self):
        support.check_heap(self.heap)

    @invariant()
    def blocks_in_use_are_those_handed_out(self):
        self.retired = {b for b in self.retired if b[0] in self.heap._arenas}
        assert support.blocks_in_use(self.heap) == set(self.live) | self.retired
        assert self.heap._n_mallocs == self.mallocs

    @invariant()
    def contents_stay(self):
        assert all(ends(block) == seen for block, seen in self.live.items())

    @invariant()
    def arenas_that_serve_nobody_are_given_back(self):
        serving = {arena for arena, _, _ in self.live}
        spoilt = {arena for arena, _, _ in self.retired}
        for arena in self.heap._arenas:
            if arena not in serving:
                assert arena not in spoilt
                assert arena.size < self.heap._DISCARD_FREE_SPACE_LARGER_THAN

    def teardown(self):
        """All blocks freed: what is left are small and empty arenas."""
        if hasattr(self, "heap"):
            for block in list(self.live):
                self.free(block)
            assert support.blocks_in_use(self.heap) == set()
            self.arenas_that_serve_nobody_are_given_back()


@pytest.mark.parametrize("examples", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_any_order_of_malloc_and_free(impl, examples):
    machine = type("Machine", (HeapMachine,), {"impl": impl})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=40)
    )
