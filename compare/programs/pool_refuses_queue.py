"""A Queue is given to a Pool with a task, and is refused in silence.

See that `apply_async` raises nothing, and nobody prints the error: it waits in the
result. `get` raises it, and an `error_callback` is called with it.
"""


def put(queue, text):
    queue.put(text)


def main(mp):
    queue = mp.Queue()
    with mp.Pool(1) as pool:
        result = pool.apply_async(put, (queue, "hello"))
        result.wait()
        print("nothing was printed; successful:", result.successful())
        try:
            result.get()
        except RuntimeError as error:
            print("get: RuntimeError:", error)
        told = []
        args = (queue, "hello")
        pool.apply_async(put, args, error_callback=told.append).wait()
        print("error_callback:", *map(repr, told))
    print("the queue is empty:", queue.empty())
