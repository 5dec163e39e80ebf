"""The manager has ended, or has been killed, and a proxy is used.

One cause, several errors. A thread that has called before finds its connection broken
(`BrokenPipeError`), or hears no answer (`EOFError`). Another one has no connection yet:
CPython notices that by an `AttributeError`, tries to connect and fails; so that text is
no mistake of yours. A broken connection is kept, so the error comes again when the
server has been started anew.

Text: AttributeError: 'ForkAwareLocal' object has no attribute 'connection'
Text: FileNotFoundError: [Errno 2] No such file or directory
Text: ConnectionRefusedError: [Errno 111] Connection refused
Text: BrokenPipeError: [Errno 32] Broken pipe
Text: EOFError
minimp: ManagerGoneError: the manager at '...' is gone: ConnectionRefusedError: [Errno
    111] Connection refused
minimp: ManagerGoneError: the manager at '...' is gone: EOFError
Code: multiprocessing.managers.BaseProxy._callmethod
Do: Keep the manager in a variable, and its process alive, until all children are
    joined.
Read: the-proxy#the-manager-is-gone
"""

import importlib
import threading

from compare.errors._attempt import attempt


def in_a_thread(call):
    thread = threading.Thread(target=attempt, args=(call,))
    thread.start()
    thread.join()


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    for address in (None, ("127.0.0.1", 0)):
        manager = managers.SyncManager(address)
        manager.start()
        used, fresh, asleep = manager.list([1]), manager.list(), manager.Event()
        used.reverse()
        asleep.is_set()
        timer = threading.Timer(0.2, manager.shutdown)
        timer.start()
        attempt(asleep.wait)
        timer.join()
        attempt(used.reverse)
        in_a_thread(fresh.reverse)
