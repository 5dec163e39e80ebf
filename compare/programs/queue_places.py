"""A Queue with two places: who puts waits for one, as who gets waits for an object.

See that with a timeout, or none at all, they give up: with Full and with Empty. The
first that was put is the first that is got.
"""

import queue


def attempt(what, call):
    try:
        print(f"{what}: {call()}")
    except (queue.Full, queue.Empty) as error:
        print(f"{what}: {type(error).__name__}")


def main(mp):
    places = mp.Queue(maxsize=2)
    attempt("get(timeout=0.1)", lambda: places.get(timeout=0.1))
    attempt("get_nowait()", places.get_nowait)
    attempt("put('a')", lambda: places.put("a"))
    attempt("put('b')", lambda: places.put("b"))
    print("size:", places.qsize(), "full:", places.full())
    attempt("put('c', timeout=0.1)", lambda: places.put("c", timeout=0.1))
    attempt("put_nowait('c')", lambda: places.put_nowait("c"))
    attempt("get()", places.get)
    attempt("put('c')", lambda: places.put("c"))
    attempt("get()", places.get)
    attempt("get()", places.get)
    print("size:", places.qsize(), "empty:", places.empty())
