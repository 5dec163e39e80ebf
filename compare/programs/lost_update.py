"""Five processes add 1,000 each to one counter, and it may end below 5,000.

See that `counter.value += 1` is a read and a write: what others write in between is
lost. How much is lost varies from run to run, and may be nothing; `forced_lost_update`
loses one update each time.
"""

PROCESSES, TIMES = 5, 1000


def count(counter, all_are_there):
    all_are_there.wait()
    for _ in range(TIMES):
        counter.value += 1


def main(mp):
    counter = mp.Value("i", 0)
    all_are_there = mp.Barrier(PROCESSES)
    children = [
        mp.Process(target=count, args=(counter, all_are_there))
        for _ in range(PROCESSES)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    expected = PROCESSES * TIMES
    print("updates:", expected)
    print("counted:", counter.value, "(varies)")
    print("never more than that:", counter.value <= expected)
