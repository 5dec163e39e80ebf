"""A SimpleQueue: a pipe, and a lock at each end.

See that it has no thread and no places: `put` returns when all is in the pipe. So a
short text can wait there, and for 1 MB somebody has to read.
"""


def put(queue, has_put):
    queue.put(bytes(1_000_000))
    has_put.set()


def main(mp):
    queue, has_put = mp.SimpleQueue(), mp.Event()
    print("empty:", queue.empty())
    queue.put("a short text")
    print("empty:", queue.empty())
    child = mp.Process(target=put, args=(queue, has_put))
    child.start()
    print("received:", queue.get())
    print("the child has put:", has_put.wait(timeout=0.3))
    print("received:", len(queue.get()))
    print("the child has put:", has_put.wait())
    child.join()
    queue.close()
    try:
        queue.put("too late")
    except OSError as error:
        print("OSError:", error)
