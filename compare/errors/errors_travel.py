"""The method failed in the server, and its error could not be rebuilt here.

A result is pickled in the server, and so is an exception. A lock cannot be pickled; an
exception is rebuilt from its `args`, which may be fewer than its `__init__` wants.

Text: TypeError: cannot pickle '_thread.lock' object
Text: TypeError: NeedsTwo.__init__() missing 1 required positional argument: 'second'
minimp: TypeError: cannot pickle '_thread.lock' object
minimp: RemoteError
minimp: NeedsTwo: 1 and 2
Code: multiprocessing.managers.Server.serve_client
Do: Return plain data; give the exception's `super().__init__` all arguments.
Read: the-server#errors-travel
"""

import importlib
import threading

from compare.errors._attempt import attempt


class NeedsTwo(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class Account:
    def lend_lock(self):
        return threading.Lock()

    def confuse(self):
        raise NeedsTwo(1, 2)


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Account", Account)
    with mp.Manager() as manager:
        account = manager.Account()
        attempt(account.lend_lock)
        attempt(account.confuse)
