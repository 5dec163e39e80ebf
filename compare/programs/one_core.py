"""Five processes on one core: interrupted seldom, and many updates lost.

See that far more updates are lost than there are interruptions. One that comes in the
middle of an update may take back thousands: the others count on while the old read
waits, and then its write comes.
"""

import os
import resource

PROCESSES, TIMES = 5, 100_000


def count(counter, all_are_there, core, interruptions, mine):
    os.sched_setaffinity(0, {core})
    all_are_there.wait()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    for _ in range(TIMES):
        counter.value += 1
    after = resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    interruptions[mine] = after - before


def main(mp):
    counter = mp.Value("i", 0)
    all_are_there = mp.Barrier(PROCESSES)
    interruptions = mp.Array("i", PROCESSES, lock=False)
    core = min(os.sched_getaffinity(0))
    children = [
        mp.Process(target=count, args=(counter, all_are_there, core, interruptions, i))
        for i in range(PROCESSES)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("updates:", PROCESSES * TIMES)
    print("counted:", counter.value, "(varies)")
    print("interruptions:", sum(interruptions), "(varies)")
