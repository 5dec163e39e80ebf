"""Two children put 1 MB, more than the pipe holds, and end; one of them loses it.

See that a process does not end before all that it put is in the pipe, unless it has
called `cancel_join_thread`. A closed Queue takes and gives nothing more.
"""


def put(queue, cancel):
    queue.put(bytes(1_000_000))
    queue.close()
    if cancel:
        queue.cancel_join_thread()


def attempt(what, call):
    try:
        print(f"{what}: {call()}")
    except (AssertionError, ValueError) as error:
        print(f"{what}: {type(error).__name__}: {error}")


def main(mp):
    kept, lost = mp.Queue(), mp.Queue()
    for queue, cancel in [(kept, False), (lost, True)]:
        child = mp.Process(target=put, args=(queue, cancel))
        child.start()
        if not cancel:
            print("received:", len(queue.get()))
        child.join()
        print("exit code:", child.exitcode)
    attempt("join_thread()", kept.join_thread)
    kept.close()
    attempt("join_thread()", kept.join_thread)
    attempt("put('a')", lambda: kept.put("a"))
    attempt("get()", kept.get)
