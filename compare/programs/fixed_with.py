"""The lost update repaired with `with`.

See that the lock of the counter and the counter itself are equally good in `with`: one
is the other's.
"""

PROCESSES, TIMES = 4, 1000


def count_with_lock(counter):
    for _ in range(TIMES):
        with counter.get_lock():
            counter.value += 1


def count_with_counter(counter):
    for _ in range(TIMES):
        with counter:
            counter.value += 1


def main(mp):
    counter = mp.Value("i", 0)
    children = [
        mp.Process(target=worker, args=(counter,))
        for worker in [count_with_lock, count_with_counter] * (PROCESSES // 2)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("updates:", PROCESSES * TIMES)
    print("counted:", counter.value)
