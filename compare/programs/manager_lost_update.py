"""Five processes add 100 each to one entry of a shared dict, and it may end below 500.

See that `shared["count"] += 1` is two messages to the server, a read and a write: the
server keeps the dict whole, but what others write in between is lost. How much is lost
varies from run to run; `manager_guarded` loses nothing.
"""

PROCESSES, TIMES = 5, 100


def count(shared, all_are_there):
    all_are_there.wait()
    for _ in range(TIMES):
        shared["count"] += 1


def main(mp):
    with mp.Manager() as manager:
        shared = manager.dict(count=0)
        all_are_there = mp.Barrier(PROCESSES)
        children = [
            mp.Process(target=count, args=(shared, all_are_there))
            for _ in range(PROCESSES)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join()
        expected = PROCESSES * TIMES
        print("exit codes:", [child.exitcode for child in children])
        print("updates:", expected)
        print("counted:", shared["count"], "(varies)")
        print("never more than that:", shared["count"] <= expected)
