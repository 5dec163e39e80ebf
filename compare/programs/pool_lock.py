"""A lock and a counter for the workers of a Pool.

See that they reach the workers as arguments of the initializer, while the processes
start. With a task they cannot go: a task travels through a pipe, and the error says so.
"""

shared = {}  # in a worker: what the initializer put there


def initialize(lock, counter):
    shared.update(lock=lock, counter=counter)


def add(amount):
    with shared["lock"]:
        shared["counter"].value += amount
    return amount


def enter(lock):
    with lock:
        return True


def main(mp):
    lock = mp.Lock()
    counter = mp.RawValue("i", 0)
    with mp.Pool(3, initialize, (lock, counter)) as pool:
        print("added:  ", pool.map(add, range(1, 11)))
        print("counted:", counter.value)
        try:
            pool.apply(enter, (lock,))
        except RuntimeError as error:
            print("RuntimeError:", error)
