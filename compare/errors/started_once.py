"""A manager was used before its start, after its end, or started again.

A manager is started once in its life, by `start()`, by `with` or by `Manager()`.

Text: AssertionError: server not yet started
Text: ProcessError: Already started server
Text: ProcessError: Manager has shut down
Code: multiprocessing.managers.BaseManager.start
Do: Use it inside of `with Manager() as manager:`; make a new one for another life.
Read: the-server#what-goes-wrong
"""

import importlib

from compare.errors._attempt import attempt


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    manager = managers.SyncManager()
    attempt(manager.list)
    with manager:
        attempt(manager.start)
    attempt(manager.start)
