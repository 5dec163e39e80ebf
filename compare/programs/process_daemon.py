"""A process ends while its two children work; one of them is a daemon.

See that it waits for the one that is none, and ends the daemon, which would have
slept for ten minutes. Nor may a daemon have children: who would end them?
"""

import importlib
import time


def sleep(seconds, writer):
    time.sleep(seconds)
    writer.send(f"slept for {seconds} seconds")


def middle(package, writer):
    mp = importlib.import_module(package)
    mp.Process(target=sleep, args=(600, writer), daemon=True).start()
    mp.Process(target=sleep, args=(0.2, writer)).start()


def start_one(package):
    mp = importlib.import_module(package)
    try:
        mp.Process().start()
    except AssertionError as error:
        print("AssertionError:", error)


def main(mp):
    reader, writer = mp.Pipe(duplex=False)
    child = mp.Process(target=middle, args=(mp.__name__, writer))
    child.start()
    writer.close()
    print("received:", reader.recv())
    try:
        reader.recv()
    except EOFError:
        print("nobody is left who could write")
    child.join()
    daemon = mp.Process(target=start_one, args=(mp.__name__,), daemon=True)
    daemon.start()
    daemon.join()
