"""Who meets the error when a Pool refuses a Queue (see `queues.refused`).

Each line is a moment: what the main thread did, whether the result is ready, and what
the pool's thread did that pickles tasks. It waits there until it is told to go on.
"""

import threading

begun, leave = threading.Event(), threading.Event()
pickled_by = []


class Stop:
    """An argument that is pickled in two steps."""

    def __reduce__(self):
        pickled_by.append(threading.current_thread())
        begun.set()
        leave.wait()
        return Stop, ()


def put(stop, queue):
    queue.put("hello")


def main(mp):
    queue = mp.Queue()
    with mp.Pool(1) as pool:

        def moment(main, handler=""):
            print(main, result.ready(), handler, sep="\t")

        result = pool.apply_async(put, (Stop(), queue))
        begun.wait()
        (thread,) = pickled_by
        if thread is threading.main_thread():
            raise RuntimeError("the main thread pickles")
        moment("`apply_async` returns", "takes the task, begins to pickle it")
        leave.set()
        result.wait()
        error = type(result._value).__name__
        moment("", f"a `{error}`, which becomes the result")
        pool.close()
        pool.join()
        moment(
            "`close()`, `join()`: no error", "" if thread.is_alive() else "has ended"
        )
        try:
            result.get()
        except RuntimeError as error:
            moment(f"`get()` raises the `{type(error).__name__}`")
        if not queue.empty():
            raise RuntimeError("a worker was given the queue")
