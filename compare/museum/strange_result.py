"""A result that cannot be unpickled stops the whole pool.

An exception whose class needs two arguments is pickled with the one that it passed on.
You would expect that the call which has raised it fails, and that others are answered.
"""

import time

ISSUE = 79492
PAIR = "pool.Pool._handle_results"
EXPECTED = """\
the call has ended: True
another call has ended: True
"""


class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def fail():
    raise TwoArguments(1, 2)


def main(mp):
    pool = mp.Pool(1)
    results = [pool.apply_async(fail), pool.apply_async(abs, (-1,))]
    while pool._result_handler.is_alive() and not results[1].ready():
        time.sleep(0.01)
    for call, result in zip(["the call", "another call"], results, strict=True):
        print(f"{call} has ended:", result.ready())


def has_bug(lines):
    return lines == ["the call has ended: False", "another call has ended: False"]
