"""What is shared, as an argument of processes, and nowhere else."""

import ctypes
import pickle
import threading
from multiprocessing.reduction import ForkingPickler

import pytest
import support
import workers


def evaluate(ctx, expression):
    names = ("Point", "Line", "Row", "Either")
    types = {name: getattr(workers, name) for name in names}
    return eval(expression, vars(ctx) | types | {"ctypes": ctypes})


# --- one object, several processes ------------------------------------------

# What is made, what a child does to it, what the parent looks at, and sees.
CHANGES = [
    ("RawValue('i', 1)", "thing.value += 41", "thing.value", 42),
    ("RawValue('u', 'a')", "thing.value = 'é'", "thing.value", "é"),
    ("RawValue(Point, 1, 2)", "thing.y = 7", "(thing.x, thing.y)", (1, 7.0)),
    ("RawValue(Line)", "thing.stop.x = 7", "thing.stop.x", 7),
    ("RawValue(Either, 7)", "thing.octets[3] = 1", "thing.number", 2**24 + 7),
    ("RawArray('q', [1, 2, 3])", "thing[:] = thing[::-1]", "thing[:]", [3, 2, 1]),
    ("RawArray('u', 'abc')", "thing[1] = 'é'", "thing[:]", "aéc"),
    ("RawArray(Point, 3)", "thing[2].x = 7", "[p.x for p in thing]", [0, 0, 7]),
    ("RawValue(Row, (1, 2))", "thing.cells[1] = 7", "thing.cells[:]", [1, 7]),
    ("RawArray('b', 10**6)", "thing[-1] = 7", "thing[-2:]", [0, 7]),
    ("Value('d', 0.5)", "thing.value *= 3", "thing.value", 1.5),
    ("Value('i', 1, lock=Lock())", "thing.value += 1", "thing.value", 2),
    ("Value('i', 1, lock=False)", "thing.value += 1", "thing.value", 2),
    ("Value(Point, 1, 2)", "thing.x += 7", "(thing.x, thing.y)", (8, 2.0)),
    ("Array('h', 3)", "thing[1:] = [5, 6]", "thing[:]", [0, 5, 6]),
    ("Array('c', b'abc')", "thing.value = b'xy'", "thing.raw", b"xy\0"),
    (
        "[Value('i', 1), {'a': (Array('i', 2), Value(Point))}]",
        "thing[0].value = 5; thing[1]['a'][0][1] = 6; thing[1]['a'][1].x = 7",
        "(thing[0].value, thing[1]['a'][0][:], thing[1]['a'][1].x)",
        (5, [0, 6], 7),
    ),
    (
        "[Value('i', 1)] * 2",
        "assert thing[0] is thing[1]; thing[0].value += 1",
        "thing[1].value",
        2,
    ),
    (
        "(lambda raw: [raw, synchronized(raw), synchronized(raw)])(RawValue('i'))",
        "assert thing[0] is thing[1].get_obj() is thing[2].get_obj();"
        "thing[1].value = 7",
        "[thing[0].value, thing[2].value]",
        [7, 7],
    ),
]


def test_parent_sees_what_a_child_changes(impl, start_method):
    """One child gets all of them, in one list."""
    ctx = impl.context(start_method)
    things = [evaluate(ctx, row[0]) for row in CHANGES]
    support.run(ctx, workers.execute, [row[1] for row in CHANGES], things)
    for thing, (expression, _, look, expected) in zip(things, CHANGES, strict=True):
        found = eval(look, {"thing": thing})
        assert (expression, found) == (expression, expected)
        assert type(found) is type(expected)


def test_array_of_arrays_needs_a_fork(impl, start_method):
    """Its element type has no name by which a fresh child could find it."""
    ctx = impl.context(start_method)
    thing = ctx.RawArray(ctypes.c_int * 2, 2)
    call = support.run, ctx, workers.execute, ["thing[1][0] = 7"], [thing]
    if start_method == "fork":
        assert support.outcome(*call) == ("returned", None)
        assert thing[1][:] == [7, 0]
    else:
        error, text = support.outcome(*call)
        assert error is pickle.PicklingError
        assert text.startswith("Can't pickle <class ") and "c_int_Array_2'" in text
        assert thing[1][:] == [0, 0]


def test_child_sees_what_the_parent_changes(impl, start_method):
    ctx = impl.context(start_method)
    numbers, answer = ctx.Array("i", 3), ctx.RawArray("i", 3)
    request, done = ctx.Event(), ctx.Event()
    process = ctx.Process(
        target=workers.copy_on_request, args=(numbers, answer, request, done)
    )
    process.start()
    numbers[:] = [4, 5, 6]
    request.set()
    assert done.wait(support.TIMEOUT)
    assert answer[:] == [4, 5, 6]
    support.finish(process)


@pytest.mark.parametrize("maker", ["Value('i')", "Array('i', 1)", "Value(Point)"])
def test_lock_travels_with_the_object(impl, start_method, maker):
    ctx = impl.context(start_method)
    thing, answer = evaluate(ctx, maker), ctx.RawValue("i", 5)
    with thing:
        support.run(ctx, workers.try_lock, thing, answer)
    assert answer.value == 0
    assert thing.acquire(timeout=0)
    thing.release()
    support.run(ctx, workers.try_lock, thing, answer)
    assert answer.value == 1
    # It was not released: who ends does not give back what it holds.
    assert not thing.acquire(timeout=0)


def test_one_lock_for_two_objects(impl):
    ctx = impl.context("fork")
    lock = ctx.Lock()
    first, second = ctx.Value("i", lock=lock), ctx.RawArray("i", 3)
    args = (lock, ctx.synchronized(ctx.RawValue("i")), second, 500)
    processes = [
        ctx.Process(target=workers.increment_both, args=args) for _ in range(4)
    ]
    for process in processes:
        process.start()
    support.finish(*processes)
    assert (args[1].value, second[:]) == (2000, [0, 2000, 0])
    assert first.value == 0


def test_20_processes_increment_1000_times_each(impl, start_method):
    ctx = impl.context(start_method)
    value = ctx.Value("i")
    processes = [
        ctx.Process(target=workers.increment, args=(value, 1000)) for _ in range(20)
    ]
    for process in processes:
        process.start()
    support.finish(*processes)
    assert value.value == 20_000


# --- grandchildren ----------------------------------------------------------


def test_grandchildren(impl, start_method):
    ctx = impl.context(start_method)
    value, numbers = ctx.Value("i"), ctx.Array("i", 3)
    methods = [start_method] * 2
    support.run(ctx, workers.pass_on, impl.name, methods, value, numbers)
    assert (value.value, numbers[:]) == (3, [1, 1, 1])


@pytest.mark.parametrize("lock", [False, True])
def test_through_all_start_methods(impl, lock):
    """The lock of minimp passes where CPython's refuses."""
    ctx = impl.context("fork")
    value, numbers = ctx.Value("i", lock=lock), ctx.Array("i", 4, lock=lock)
    methods = ["spawn", "forkserver", "fork"]
    args = impl.name, methods, value, numbers
    if lock and not impl.ours:
        expected = (
            RuntimeError,
            (
                "A SemLock created in a fork context is being shared with a process in"
                " a spawn context. This is not supported. Please use the same context"
                " to create multiprocessing objects and Process."
            ),
        )
        spawn = impl.context("spawn")
        assert support.outcome(support.run, spawn, workers.pass_on, *args) == expected
        return
    support.run(ctx, workers.pass_on, *args)
    assert (value.value, numbers[:]) == (4, [1, 1, 1, 1])


# --- not anywhere else ------------------------------------------------------

INHERITANCE = "{} objects should only be shared between processes through inheritance"
WRAPPERS = {
    "Value('i')": "Synchronized",
    "Array('i', 2)": "SynchronizedArray",
    "Array('c', 2)": "SynchronizedString",
    "Value(Point)": "SynchronizedPoint",
    "[1, {'a': Value('i')}]": "Synchronized",
}
RAW = {
    "RawValue('i')": "c_int",
    "RawArray('i', 2)": "c_int_Array_2",
    "RawValue(Point)": "Point",
    "[RawArray(Point, 3)]": "Point_Array_3",
}


def by_connection(thing):
    reader, writer = support.load("cpython").context("fork").Pipe()
    with reader, writer:
        writer.send(thing)


def by_simple_queue(thing):
    queue = support.load("cpython").context("fork").SimpleQueue()
    try:
        queue.put(thing)
    finally:
        queue.close()


def by_queue(thing):
    """A queue pickles in a thread of its own, and reports there."""
    queue = support.load("cpython").context("fork").Queue()
    failed, errors = threading.Event(), []

    def report(error, obj):
        errors.append(error)
        failed.set()

    queue._on_queue_feeder_error = report
    queue.put(thing)
    assert failed.wait(support.TIMEOUT)
    queue.close()
    queue.join_thread()
    raise errors.pop()


def by_pool(thing):
    with support.load("cpython").context("fork").Pool(1) as pool:
        try:
            return pool.apply(workers.show, (thing,))
        finally:
            assert pool.apply(workers.show, (5,)) == "5"  # it still serves
            pool.close()
            pool.join()


def by_forking_pickler(thing):
    ForkingPickler.dumps(thing)


WAYS = [by_forking_pickler, by_connection, by_simple_queue, by_queue, by_pool]


@pytest.mark.parametrize("expression, name", [*WRAPPERS.items(), *RAW.items()])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_refused_elsewhere(impl, way, expression, name):
    thing = evaluate(impl, expression)
    expected = RuntimeError, INHERITANCE.format(name)
    assert support.outcome(way, thing) == expected


@pytest.mark.parametrize("expression, name", WRAPPERS.items())
def test_plain_pickle_refuses_wrappers(impl, expression, name):
    thing = evaluate(impl, expression)
    expected = RuntimeError, INHERITANCE.format(name)
    assert support.outcome(pickle.dumps, thing) == expected


@pytest.mark.parametrize("expression", ["RawValue('i')", "RawValue(Point)"])
def test_plain_pickle_does_not_know_raw_objects(impl, expression):
    """Only the pickler of the start methods was told how to do it."""
    expected = TypeError, "cannot pickle 'mmap.mmap' object"
    thing = evaluate(impl, expression)
    assert support.outcome(pickle.dumps, thing) == expected


def test_refused_object_is_as_good_as_before(impl):
    value = impl.Value("i", 7)
    for _ in range(3):
        assert support.outcome(ForkingPickler.dumps, value)[0] is RuntimeError
    ctx = impl.context("fork")
    support.run(ctx, workers.increment, value, 3)
    assert value.value == 10


# --- what a child has is not handed out again (cpython issue 110660) --------


@pytest.mark.parametrize("maker", ["RawArray", "Array"])
def test_block_of_a_child_is_not_handed_out_again(
    impl, start_method, maker, monkeypatch
):
    """The parent drops an array while a child goes on using it.

    CPython gives the same bytes to the next who asks.  When its leg fails,
    that is mended there, and minimp differs no more.
    """
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    ctx = impl.context(start_method)
    before = ctx.RawArray("q", [5] * 4)
    array = getattr(ctx, maker)("q", [1, 2, 3, 4])
    after, seen = ctx.RawArray("q", [6] * 4), ctx.RawArray("q", 4)
    ready, go = ctx.Event(), ctx.Event()
    process = ctx.Process(
        target=workers.overwrite_after_go, args=(array, seen, ready, go)
    )
    process.start()
    assert ready.wait(support.TIMEOUT)
    del array
    news = [ctx.RawArray("q", [7] * 4) for _ in range(100)]
    go.set()
    support.finish(process)
    if impl.ours:
        assert seen[:] == [1, 2, 3, 4]
        assert [new[:] for new in news] == [[7] * 4] * 100
    else:
        assert seen[:] == [7] * 4
        assert [new[:] for new in news].count([-1] * 4) == 1
    assert (before[:], after[:]) == ([5] * 4, [6] * 4)


def test_lock_of_a_child_is_not_handed_out_again(impl, start_method, monkeypatch):
    """In minimp a lock is 32 bytes of the same heap, so it could be."""
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    ctx = impl.context(start_method)
    before, lock, after = ctx.Lock(), ctx.Lock(), ctx.Lock()
    ready, go = ctx.Event(), ctx.Event()
    process = ctx.Process(target=workers.lock_after_go, args=(lock, ready, go))
    process.start()
    assert ready.wait(support.TIMEOUT)
    del lock
    locks = [ctx.Lock() for _ in range(20)]
    news = [ctx.RawArray("q", 4) for _ in range(20)]
    for new in locks:
        new.acquire()
    go.set()
    support.finish(process)
    assert [new[:] for new in news] == [[0] * 4] * 20
    for new in locks:
        new.release()
    assert all(each.acquire(timeout=0) for each in (before, after, *locks))


def test_what_no_child_ever_had_is_handed_out_again(impl, monkeypatch):
    """Else every program would grow that starts a process at times."""
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    heap = impl.heap.BufferWrapper._heap
    ctx = impl.context("fork")
    for _ in range(3):
        support.run(ctx, print)
        for _ in range(1000):
            impl.RawArray("b", 1000)
    assert len(heap._arenas) == 1
    assert support.blocks_in_use(heap) == set()


def test_what_children_had_does_not_pile_up(impl, start_method, monkeypatch):
    """Arenas of blocks that are retired go when the last one is dropped."""
    monkeypatch.setattr(impl.heap.BufferWrapper, "_heap", impl.heap.Heap())
    heap = impl.heap.BufferWrapper._heap
    ctx = impl.context(start_method)
    for _ in range(4):
        numbers = ctx.RawArray("b", 3000)
        support.run(ctx, workers.execute, ["thing[0] = 1"], [numbers])
        assert numbers[0] == 1
        del numbers
    assert support.blocks_in_use(heap) == set()
    assert len(heap._arenas) <= 1
