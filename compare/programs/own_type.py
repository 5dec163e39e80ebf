"""A class of your own in a manager.

See that a method runs in the server, with a lock of its own there, that a method with a
leading underscore or two is exposed if it is named, and that what `log` returns stays
in the server, so that everybody gets a proxy of the same list.
"""

import importlib
import threading


class Counter:
    def __init__(self, start):
        self.count, self.lines, self.lock = start, [], threading.Lock()

    def add(self, number):
        with self.lock:
            self.count += number
            self.lines.append(f"add {number}")
            return self.count

    def log(self):
        return self.lines

    def __len__(self):
        return len(self.lines)


def work(counter):
    for _ in range(500):
        counter.add(1)


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    register = managers.SyncManager.register
    register("Lines", None, managers.ListProxy, create_method=False)
    register(
        "Counter",
        Counter,
        exposed=("add", "__len__"),
        method_to_typeid={"log": "Lines"},
    )
    with mp.Manager() as manager:
        counter = manager.Counter(7)
        children = [mp.Process(target=work, args=(counter,)) for _ in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        print("counted:", counter.add(0), "in", len(counter), "calls")
        log = counter.log()
        log.append("mine")
        print(type(log).__name__, counter.log()[-2:])
