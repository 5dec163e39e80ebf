"""Starts one process and tells what happens (see `starts.watched`)."""

import sys

from sitecustomize import note

import minimp

note(f"executes `start.py`, as `{__name__}`")


class Luggage:
    """An argument that tells when it is pickled and unpickled."""

    def __reduce__(self):
        note("pickles the argument of `greet`")
        return unpack, ()


def unpack():
    note("unpickles the argument")
    return Luggage()


def greet(luggage):
    note("calls `greet`")


if __name__ == "__main__":
    minimp.set_start_method(sys.argv[1])
    child = minimp.Process(target=greet, args=(Luggage(),))
    note("calls `child.start()`")
    child.start()
    note("is back from `start()`")
    child.join()
    note("is back from `join()`")
