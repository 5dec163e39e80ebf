"""One process ends and tells what happens, as does its parent (`endings.watched`)."""

import atexit
import select
import signal
import threading
from multiprocessing.util import Finalize

from sitecustomize import note

import minimp


def state(pid):
    """What the system says of a process: a letter, Z for a zombie; "" of none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def tell(text):
    note(text, state="R")


def last(text, event):
    event.wait()
    tell(text)


def daemon(ready, ended):
    def leave(*args):
        tell("its daemonic child gets `SIGTERM`")
        ended.set()

    signal.signal(signal.SIGTERM, leave)
    ready.set()
    signal.pause()


def work():
    """Be the child."""
    atexit.register(tell, "calls what was registered with `atexit`")
    for priority in (10, 0, -10):
        text = f"calls a finalizer of priority {priority}"
        Finalize(None, tell, args=(text,), exitpriority=priority)
    returns = threading.Event()
    threading.Thread(target=last, args=("its other thread ends", returns)).start()
    ready, ended = minimp.Event(), minimp.Event()
    children = [
        minimp.Process(target=daemon, args=(ready, ended), daemon=True),
        minimp.Process(target=last, args=("its other child ends", ended)),
    ]
    for child in children:
        child.start()
    ready.wait()
    tell("its target returns")
    returns.set()


if __name__ == "__main__":
    minimp.set_start_method("fork")
    child = minimp.Process(target=work)

    def look(text):
        note(text, state=state(child.pid))

    child.start()
    look("`start()` returns")
    select.select([child.sentinel], [], [])
    look("the sentinel can be read")
    look(f"`child.exitcode` &nbsp;is {child.exitcode}")
