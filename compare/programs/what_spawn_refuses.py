"""Some things that a child cannot be sent, and in what words that is refused.

See that a function is sent as its name, so that one without a name that others can look
up cannot be sent; and that some objects mean something in their own process only.
"""

import sys
import threading


def attempt(mp, what, target, *args):
    try:
        mp.Process(target=target, args=args).start()
    except Exception as error:
        print(f"{what}: {type(error).__name__}: {error}")


def main(mp):
    def local():
        pass

    mp.set_start_method("spawn", force=True)
    attempt(mp, "a lambda", lambda: None)
    attempt(mp, "a function in a function", local)
    attempt(mp, "a lock of threads", print, threading.Lock())
    attempt(mp, "a generator", print, (n for n in "abc"))
    attempt(mp, "an open file", print, sys.stdout)
    attempt(mp, "a module", print, sys)
