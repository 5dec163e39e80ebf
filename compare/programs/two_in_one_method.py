"""Two processes are in the same method of one managed object at the same time.

See that the server takes no lock around a method: `add` waits in its middle until the
other client has come as far, so both have read 0. And see who runs it: a thread of the
server that has the client's name.
"""

import importlib
import os
import threading

PATIENCE = 30  # seconds


class Counter:
    def __init__(self):
        self.count = 0
        self.both = threading.Barrier(2)

    def add(self):
        count = self.count
        self.both.wait(PATIENCE)
        self.count = count + 1
        return os.getpid(), threading.current_thread().name

    def get(self):
        return self.count


def client(name, counter, seen):
    pid, thread = counter.add()
    whose = "this process" if pid == os.getpid() else "another process"
    seen.append(f"{name}: add ran in {whose}, in its thread {thread}")


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Counter", Counter)
    with mp.Manager() as manager:
        counter, seen = manager.Counter(), manager.list()
        clients = [
            mp.Process(target=client, name=name, args=(name, counter, seen))
            for name in ("Ann", "Bob")
        ]
        for process in clients:
            process.start()
        for process in clients:
            process.join()
        print(*sorted(seen), sep="\n")
        print("count after two additions:", counter.get())
