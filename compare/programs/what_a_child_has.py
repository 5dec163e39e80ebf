"""A child looks for what its parent has, and tells what it finds.

See that a forked child has all of it, but for the other threads; that a spawned one has
what was sent to it, and what was made when it imported this module; and that one of the
fork server has still less, since the server was started before.
"""

import importlib
import os
import signal
import sys
import threading

words = ["made at the import"]
lock = threading.Lock()


def ask(parent, number, inode, argument):
    """Be the child."""
    answers = {
        "a list of the module, changed since the import": words,
        "its argument is that list": argument is words,
        "a module that was imported after the start": "colorsys" in sys.modules,
        "the folder added to sys.path": "an added folder" in sys.path,
        "the working directory": os.getcwd() == "/",
        "a variable put into os.environ": "ADDED" in os.environ,
        "a file that is open": is_open(number, inode),
        "a handler of a signal": signal.getsignal(signal.SIGUSR1) is pass_over,
        "threads that run": threading.active_count(),
        "gets the lock that a thread of the parent has": lock.acquire(timeout=0.1),
        "its parent is who called start()": os.getppid() == parent,
    }
    for what, answer in answers.items():
        print(f"{what}: {answer}", flush=True)


def is_open(number, inode):
    try:
        return os.fstat(number).st_ino == inode
    except OSError:
        return False


def pass_over(*args):
    pass


def hold(held, done):
    with lock:
        held.set()
        done.wait()


def run(mp, *args):
    child = mp.Process(target=ask if args else os.getpid, args=args)
    child.start()
    child.join()


def main(mp):
    run(mp)  # so that a fork server is there before the rest
    words.append("added since")
    importlib.import_module("colorsys")
    sys.path.append("an added folder")
    os.chdir("/")
    os.environ["ADDED"] = "1"
    signal.signal(signal.SIGUSR1, pass_over)
    held, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=hold, args=(held, done))
    thread.start()
    held.wait()
    with open(__file__) as file:
        inode = os.fstat(file.fileno()).st_ino
        run(mp, os.getpid(), file.fileno(), inode, words)
    done.set()
    thread.join()
