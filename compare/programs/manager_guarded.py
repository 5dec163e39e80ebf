"""The lost update of a shared dict repaired with a lock.

See that any lock which all processes share will do: the one of `mp.Lock` is a semaphore
in shared memory, the one of the manager an object in the server, asked by messages.
"""

PROCESSES, TIMES = 5, 100


def count(shared, lock):
    for _ in range(TIMES):
        with lock:
            shared["count"] += 1


def run(mp, shared, lock):
    children = [mp.Process(target=count, args=(shared, lock)) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode for child in children]


def main(mp):
    with mp.Manager() as manager:
        shared = manager.dict()
        for name, lock in {"mp": mp.Lock(), "manager": manager.Lock()}.items():
            shared["count"] = 0
            print(f"exit codes with the Lock of {name}:", run(mp, shared, lock))
            print("counted:", shared["count"], "of", PROCESSES * TIMES)
