"""The lost update repaired with acquire and release.

See that the count is 5,000 in every run: the read and the write are now one piece to
everybody who asks for the lock. They may take it again inside, as it is an RLock.
"""

PROCESSES, TIMES = 5, 1000


def count(counter):
    for _ in range(TIMES):
        counter.acquire()
        try:
            counter.value += 1
        finally:
            counter.release()


def main(mp):
    counter = mp.Value("i", 0)
    children = [mp.Process(target=count, args=(counter,)) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("updates:", PROCESSES * TIMES)
    print("counted:", counter.value)
