"""A counter as an actor of Ray: needs `ray`."""

import ray


@ray.remote
class Counter:
    def __init__(self):
        self.count = 0

    def up(self):
        self.count += 1
        return self.count


@ray.remote
def visit(counter):
    for _ in range(100):
        ray.get(counter.up.remote())


def main():
    counter = Counter.remote()  # in a process of its own, on some machine
    ray.get([visit.remote(counter) for _ in range(4)])
    print("visits:", ray.get(counter.up.remote()) - 1)


if __name__ == "__main__":
    with ray.init():  # a cluster of this machine; or address="auto"
        main()
