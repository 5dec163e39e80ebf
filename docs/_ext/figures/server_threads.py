"""Which threads a manager's process has (see `server.threads`)."""

import importlib
import threading


class Inside:
    def threads(self):
        return [thread.name for thread in threading.enumerate()]


def client(inside, ready, done):
    ready.put(inside.threads())
    done.get()


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Inside", Inside)
    with mp.Manager() as manager:
        inside, ready, done = manager.Inside(), mp.Queue(), mp.Queue()
        print(*inside.threads(), sep="\t")
        for name in ("Ann", "Bob"):
            mp.Process(target=client, args=(inside, ready, done), name=name).start()
            ready.get()
        print(*inside.threads(), sep="\t")
        for _ in "ab":
            done.put(None)
        for process in mp.active_children():
            if process.name in ("Ann", "Bob"):
                process.join()
