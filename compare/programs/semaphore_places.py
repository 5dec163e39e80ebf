"""Two places for five processes.

See that never more than two are inside, that a process which is sent away can come
back, and that a BoundedSemaphore notices one release too many.
"""

PROCESSES, PLACES = 5, 2


def visit(places, inside, most, all_are_there):
    all_are_there.wait()
    for _ in range(20):
        with places:
            with inside:
                inside.value += 1
                most.value = max(most.value, inside.value)
            with inside:
                inside.value -= 1


def main(mp):
    places = mp.BoundedSemaphore(PLACES)
    inside, most = mp.Value("i", 0), mp.Value("i", 0)
    all_are_there = mp.Barrier(PROCESSES)
    children = [
        mp.Process(target=visit, args=(places, inside, most, all_are_there))
        for _ in range(PROCESSES)
    ]
    print(places, places.get_value())
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("inside now:", inside.value)
    print("never more than", PLACES, "at once:", most.value <= PLACES)
    print(places.acquire(), places.acquire(), places.acquire(block=False))
    print(places, places.get_value())
    places.release()
    places.release()
    try:
        places.release()
    except ValueError as error:
        print("ValueError:", error)
    unbounded = mp.Semaphore(0)
    unbounded.release()
    print(unbounded, unbounded.acquire(), unbounded.acquire(timeout=0.01))
