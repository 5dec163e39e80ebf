"""Three processes go round by round through a Barrier.

See that nobody begins a round before all have ended the one before: the sum that one
of them takes has everybody's part. At last a gate is broken, and who waits is told.
"""

import threading

PARTIES, ROUNDS = 3, 4


def go(number, cells, sums, barrier, gate, told):
    for turn in range(ROUNDS):
        cells[number] += number + 1
        place = barrier.wait()  # until all have written
        if place == 0:  # which one of them is
            sums[turn] = sum(cells[:])
        barrier.wait()  # until it has read
    try:
        gate.wait()
    except threading.BrokenBarrierError:
        told[number] = True


def main(mp):
    cells, sums = mp.Array("i", PARTIES), mp.Array("i", ROUNDS)
    barrier, gate = mp.Barrier(PARTIES), mp.Barrier(PARTIES + 1)
    told = mp.Array("b", PARTIES)
    children = [
        mp.Process(target=go, args=(number, cells, sums, barrier, gate, told))
        for number in range(PARTIES)
    ]
    for child in children:
        child.start()
    gate.abort()
    for child in children:
        child.join()
    print("parts:", cells[:])
    print("sums: ", sums[:])
    print("told that the gate is broken:", told[:])
    for one in (barrier, gate):
        print(one.parties, "parties,", one.n_waiting, "waiting, broken:", one.broken)
    gate.reset()
    print("after reset, broken:", gate.broken)
