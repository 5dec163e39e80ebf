"""The parent joins a child first, and only then gets what it has put.

See that the child does not end: its 1 MB does not fit into the pipe, so its thread
waits for a reader, and the child for its thread. Without the timeout, both would wait
for ever.
"""


def put(queue, has_put):
    queue.put(bytes(1_000_000))
    has_put.set()


def main(mp):
    queue, has_put = mp.Queue(), mp.Event()
    child = mp.Process(target=put, args=(queue, has_put))
    child.start()
    print("put has returned:", has_put.wait())
    child.join(timeout=0.3)
    print("after join, it is alive:", child.is_alive())
    print("received:", len(queue.get()))
    child.join()
    print("after get, it is alive:", child.is_alive())
