"""Children end in one way each (see `endings.ways`).

Prints for each, separated by tabs: the way, its exit code, and what was heard of it.
"""

import atexit
import os
import signal
import sys
from multiprocessing.util import Finalize


def fail():
    raise ValueError


def get(number):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), number)


def exit_on_sigterm():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    get(signal.SIGTERM)


WAYS = {
    "it returns": lambda: None,
    "`raise ValueError`": fail,
    "`sys.exit(3)`": lambda: sys.exit(3),
    '`sys.exit("a text")`': lambda: sys.exit("a text"),
    "`SIGINT`, as Ctrl-C sends it": lambda: get(signal.SIGINT),
    "`SIGTERM`, as `terminate()` sends it": lambda: get(signal.SIGTERM),
    "`SIGTERM`, which calls `sys.exit(1)`": exit_on_sigterm,
    "`SIGKILL`, as `kill()` sends it": lambda: get(signal.SIGKILL),
    "`os._exit(3)`": lambda: os._exit(3),
}


def be_child(way, pipe):
    sys.stderr = open(os.devnull, "w")
    sys.stdout = open(1, "w", closefd=False)  # with a buffer, also if told otherwise
    atexit.register(pipe.send, "atexit")
    Finalize(None, pipe.send, args=("Finalize",), exitpriority=0)
    print("printed", end="\t")
    try:
        WAYS[way]()
    finally:
        pipe.send("finally")


def main(mp):
    for way in WAYS:
        print(way, end="\t", flush=True)
        ours, theirs = mp.Pipe(duplex=False)
        child = mp.Process(target=be_child, args=(way, theirs))
        child.start()
        theirs.close()
        child.join()
        heard = [child.exitcode]
        try:
            while True:
                heard.append(ours.recv())
        except EOFError:
            print(*heard, sep="\t")
