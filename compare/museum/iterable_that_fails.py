"""An iterable that fails half-way keeps map waiting for ever.

It has a length, so it is read while its tasks are sent. You would expect that `map`
raises what the iterable has raised.
"""

ISSUE = None
PAIR = "pool.Pool._guarded_task_generation"
EXPECTED = """\
the next call: 1
map has ended: True
"""


class Records:
    def __len__(self):
        return 9

    def __iter__(self):
        yield from range(3)
        raise OSError("the file is damaged")


def main(mp):
    with mp.Pool(1) as pool:
        mapped = pool.map_async(abs, Records(), chunksize=1)
        print("the next call:", pool.apply(abs, (-1,)))
        print("map has ended:", mapped.ready())


def has_bug(lines):
    return lines[1:] == ["map has ended: False"]
