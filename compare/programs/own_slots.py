"""Each process counts in a slot of its own, and the parent adds the slots up.

See that nothing is lost though there is no lock at all: no slot has two writers, and
the parent reads when all have ended.
"""

PROCESSES, TIMES = 5, 1000


def count(slots, mine):
    for _ in range(TIMES):
        slots[mine] += 1


def main(mp):
    slots = mp.Array("i", PROCESSES, lock=False)
    children = [mp.Process(target=count, args=(slots, i)) for i in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("slots:", slots[:])
    print("updates:", PROCESSES * TIMES)
    print("counted:", sum(slots))
