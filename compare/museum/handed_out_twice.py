"""A child's value and a new value of its parent are the same bytes.

The parent drops a value that it gave to a child. You would expect that the child can go
on using it.
"""

ISSUE = 110660
PAIR = "heap.Heap.free"
EXPECTED = """\
the child's value: 1
"""


def look(value, ready, go):
    ready.set()
    go.wait(10)
    print("the child's value:", value.value, flush=True)


def main(mp):
    ready, go = mp.Event(), mp.Event()
    value = mp.RawValue("i", 1)
    child = mp.Process(target=look, args=(value, ready, go))
    child.start()
    ready.wait(10)
    del value
    new = [mp.RawValue("i", 7) for _ in range(100)]
    go.set()
    child.join()
    del new


def has_bug(lines):
    return lines == ["the child's value: 7"]
