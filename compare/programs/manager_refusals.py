"""What managers refuse, and in what words.

See that a manager is started once in its life, that a daemonic process, such as a
worker of a Pool, may not start one, and that under spawn and forkserver all that is
registered has to be pickled.
"""

import importlib


def attempt(what, call):
    try:
        call()
    except Exception as error:
        lines = str(error).splitlines()
        print(f"{what}: {type(error).__name__}: {lines[-1]}", flush=True)
    else:
        print(f"{what}: no error", flush=True)


def start_one(mp_name):
    attempt("in a daemonic process", importlib.import_module(mp_name).Manager)


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    manager = managers.SyncManager()
    attempt("before the start", manager.list)
    with manager:
        attempt("started twice", manager.start)
        child = mp.Process(target=start_one, args=(mp.__name__,), daemon=True)
        child.start()
        child.join()
    attempt("after the end", manager.list)
    attempt("started again", manager.start)
    managers.SyncManager.register("Made", lambda: [1])
    mp.set_start_method("spawn", force=True)
    attempt("a lambda under spawn", managers.SyncManager().start)
