"""A program that ignores SIGCHLD, so that the system reaps its children.

Prints what it is told of a child that has ended (see `endings.reaped`).
"""

import signal
import sys


def main(mp):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    child = mp.Process(target=sys.exit, args=(3,))
    child.start()
    child.join()
    print(child.exitcode, child.is_alive(), child in mp.active_children())
