"""A spawned child that ends before it has read its arguments stops its parent.

You would expect that `start` returns, and that the exit code tells the rest.
"""

import os
import threading

METHOD = "spawn"
ISSUE = 118981
MENDED = [(3, 13, 8), (3, 14)]
PAIR = "process.SpawnPopen._launch"
EXPECTED = """\
start has ended: True
"""


class EndsWhoReads:
    def __reduce__(self):
        return os._exit, (3,)


def main(mp):
    process = mp.Process(target=print, args=(EndsWhoReads(), bytes(10**6)))
    starter = threading.Thread(target=process.start, daemon=True)
    starter.start()
    starter.join(1.2)
    print("start has ended:", not starter.is_alive())


def has_bug(lines):
    return lines == ["start has ended: False"]
