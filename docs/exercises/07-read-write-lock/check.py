import contextlib
import multiprocessing
import time

import pytest

from compare.checks import expect, state

fork = multiprocessing.get_context("fork")
PATIENCE = 1.5  # seconds that somebody may take to come in
ROUND = 0.2  # seconds that a reader waits inside for the next one


class Visitor:
    """A process that enters the lock and leaves it as it is told."""

    def __init__(self, lock):
        self.conn, child_end = fork.Pipe()
        self.process = fork.Process(target=self._visit, args=(lock, child_end))
        self.process.start()
        child_end.close()

    def _visit(self, lock, conn):
        self.conn.close()
        for entrance, error in iter(conn.recv, None):
            conn.send("asks")
            with contextlib.suppress(KeyError):
                with getattr(lock, entrance)():
                    conn.send("is inside")
                    conn.recv()
                    if error:
                        raise KeyError
            conn.send("has left")

    def asks(self, entrance, error=False):
        """Have it call the lock; it goes on to wait, or comes in."""
        self.conn.send((entrance, error))
        assert self.conn.recv() == "asks"

    def comes_in(self, patience=PATIENCE):
        """Whether it gets inside."""
        return self.conn.poll(patience) and self.conn.recv() == "is inside"

    def waits(self):
        """Whether it sleeps and is not inside."""
        while state(self.process.pid) != "S":
            if self.conn.poll(0.001):
                return False
        return not self.conn.poll()

    def leaves(self):
        self.conn.send(None)
        if self.conn.poll(PATIENCE):
            with contextlib.suppress(EOFError):
                return self.conn.recv() == "has left"
        return False

    def end(self):
        self.process.kill()
        self.process.join()
        self.conn.close()


@pytest.fixture
def visitors(answer):
    """Four processes around one lock."""
    lock = answer.ReadWriteLock()
    visitors = [Visitor(lock) for _ in range(4)]
    yield visitors
    for one in visitors:
        one.end()


def _inside(visitor, entrance):
    """Have somebody come in of whom it is known already that this works."""
    visitor.asks(entrance)
    expect(f"whether one comes in who is alone ({entrance})", visitor.comes_in(), True)


def test_1_two_readers(visitors):
    first, second, *_ = visitors
    _inside(first, "reading")
    second.asks("reading")
    expect("whether a second reader comes in", second.comes_in(), True)
    for one in (first, second):
        expect("whether a reader gets out again", one.leaves(), True)


def test_2_writer_waits_for_all_readers(visitors):
    first, second, writer, _ = visitors
    _inside(first, "reading")
    _inside(second, "reading")
    writer.asks("writing")
    expect("whether a writer waits for two readers", writer.waits(), True)
    first.leaves()
    expect("whether a writer waits for the second reader", writer.waits(), True)
    second.leaves()
    expect("whether it comes in when both have left", writer.comes_in(), True)


def test_3_writer_is_alone(visitors):
    writer, reader, other, _ = visitors
    _inside(writer, "writing")
    reader.asks("reading")
    expect("whether a reader waits for the writer inside", reader.waits(), True)
    other.asks("writing")
    expect("whether a writer waits for the writer inside", other.waits(), True)


def test_4_waiting_writer_goes_first(visitors):
    reader, writer, late, _ = visitors
    _inside(reader, "reading")
    writer.asks("writing")
    expect("whether a writer waits for the reader", writer.waits(), True)
    late.asks("reading")
    expect("whether a reader waits who came after the writer", late.waits(), True)
    reader.leaves()
    expect("whether the writer comes in", writer.comes_in(), True)
    writer.leaves()
    expect("whether the late reader comes in after it", late.comes_in(), True)


def _read_on(lock, mine, other, written):
    """Read again and again, each time until the other one is inside too."""
    while not written.is_set():
        with lock.reading():
            mine.set()
            other.wait(ROUND)
            mine.clear()


def _write(lock, written):
    with lock.writing():
        written.set()


def test_4_writer_does_not_starve(answer):
    lock, written = answer.ReadWriteLock(), fork.Event()
    one, two = fork.Event(), fork.Event()
    calls = [(_read_on, one, two), (_read_on, two, one), (_write,)]
    processes = [
        fork.Process(target=call, args=(lock, *events, written))
        for call, *events in calls
    ]
    try:
        for process in processes:
            process.start()
        came = written.wait(PATIENCE)
    finally:
        for process in processes:
            process.kill()
            process.join()
    expect("whether a writer comes in while two keep reading", came, True)


def test_5_all_waiting_readers_come_in(visitors):
    writer, *readers = visitors
    _inside(writer, "writing")
    for reader in readers:
        reader.asks("reading")
        expect("whether a reader waits for the writer", reader.waits(), True)
    writer.leaves()
    end = time.monotonic() + PATIENCE
    came = [reader.comes_in(max(0, end - time.monotonic())) for reader in readers]
    expect("which of three waiting readers come in", came, [True, True, True])


@pytest.mark.parametrize("entrance", ["reading", "writing"])
def test_6_leaves_by_an_exception(visitors, entrance):
    first, writer, *_ = visitors
    first.asks(entrance, error=True)
    expect("whether one comes in who is alone", first.comes_in(), True)
    first.leaves()
    writer.asks("writing")
    came = writer.comes_in()
    expect(f"whether a writer comes in after an error in {entrance}()", came, True)
