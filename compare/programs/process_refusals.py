"""What a Process refuses, and in what words.

See that a Process is started once, by the process that made it, which is also the only
one that may wait for it; and that it can be closed only when it has ended.
"""

import importlib
import os
import pickle


def attempt(what, call, *args):
    try:
        call(*args)
    except Exception as error:
        print(f"{what}: {type(error).__name__}: {error}", flush=True)
    else:
        print(f"{what}: no error", flush=True)


def wait(event):
    event.wait()


def in_a_fork(*attempts):
    """Make the attempts in a process that is a child without being a Process."""
    pid = os.fork()
    if pid == 0:
        for what, call in attempts:
            attempt(what, call)
        os._exit(0)
    os.waitpid(pid, 0)


def start_one(name):
    attempt("started by a daemon", importlib.import_module(name).Process().start)


def main(mp):
    event = mp.Event()
    child = mp.Process(target=wait, args=(event,))
    attempt("join before the start", child.join)
    attempt("sentinel before the start", getattr, child, "sentinel")
    child.start()
    attempt("started twice", child.start)
    attempt("made a daemon after the start", setattr, child, "daemon", True)
    attempt("close while it runs", child.close)
    in_a_fork(
        ("started by another process", mp.Process().start),
        ("join in another process", child.join),
        ("is_alive in another process", child.is_alive),
    )
    event.set()
    child.join()
    child.close()
    attempt("close of one that is closed", child.close)
    attempt("join of one that is closed", child.join)
    daemon = mp.Process(target=start_one, args=(mp.__name__,), daemon=True)
    daemon.start()
    daemon.join()
    attempt("pickled", pickle.dumps, mp.Process())
