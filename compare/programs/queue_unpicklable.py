"""A lock of a thread is put into a Queue. It cannot be pickled.

See that `put` returns all the same, since a thread pickles later: that one prints the
error, gives the place back, and goes on. A SimpleQueue has no thread, so its `put`
raises the error.
"""

import contextlib
import io
import threading


def main(mp):
    queue, written = mp.Queue(maxsize=1), io.StringIO()
    with contextlib.redirect_stderr(written):
        print("put returns:", queue.put(threading.Lock()))
        queue.put("the next one")  # once its place is free
        print("get returns:", queue.get())
    first, *_, last = written.getvalue().splitlines()
    print("the thread prints:", first, "...", last)
    try:
        mp.SimpleQueue().put(threading.Lock())
    except TypeError as error:
        print("put raises: TypeError:", error)
