"""Five processes add one, 1,000 times each, and the counter ends at 2.

See that a write made of an old read takes back all that was counted since: two such
writes at the worst moments are enough. A barrier forces the schedule: all five meet at
it between one phase and the next.
"""

TIMES = 1000


def add(counter, times):
    for _ in range(times):
        counter.value += 1


def first(counter, all_meet):
    read = counter.value  # the first half of its first update
    print("the first reads", read, flush=True)
    all_meet.wait()
    # now the others count
    all_meet.wait()
    print("the others leave", counter.value, "(varies)", flush=True)
    counter.value = read + 1  # the second half
    print("the first writes", read + 1, flush=True)
    all_meet.wait()
    # now the last one reads
    all_meet.wait()
    add(counter, TIMES - 1)
    print("the first is done, counted:", counter.value, flush=True)
    all_meet.wait()


def last(counter, all_meet):
    all_meet.wait()
    add(counter, TIMES - 1)
    all_meet.wait()
    # now the first one writes
    all_meet.wait()
    read = counter.value  # the first half of its last update
    print("the last reads", read, flush=True)
    all_meet.wait()
    # now the first one counts
    all_meet.wait()
    counter.value = read + 1  # the second half
    print("the last writes", read + 1, flush=True)


def other(counter, all_meet):
    all_meet.wait()
    add(counter, TIMES)
    for _ in range(4):
        all_meet.wait()


def main(mp):
    counter = mp.Value("i", 0)
    workers = (first, other, other, other, last)
    all_meet = mp.Barrier(len(workers))
    children = [mp.Process(target=work, args=(counter, all_meet)) for work in workers]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("updates:", len(workers) * TIMES, "counted:", counter.value)
