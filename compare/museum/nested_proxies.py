"""A proxy that was once inside a shared list keeps its object for ever.

You take it out of the list and drop it. You would expect that the object goes, too.
"""

import time

ISSUE = 103136
PAIR = "managers.RebuildProxy"
EXPECTED = """\
objects that live: 0
"""


class Tracked:
    alive = 0

    def __init__(self):
        Tracked.alive += 1

    def __del__(self):
        Tracked.alive -= 1

    def count(self):
        return Tracked.alive - 1


def main(mp):
    mp.managers.SyncManager.register("Tracked", Tracked)
    with mp.Manager() as manager:
        counter, outer = manager.Tracked(), manager.list()
        for _ in range(5):
            outer.append(manager.Tracked())
        while len(outer):
            outer.pop()
        deadline = time.monotonic() + 0.8
        while counter.count() and time.monotonic() < deadline:
            time.sleep(0.01)
        print("objects that live:", counter.count())


def has_bug(lines):
    return lines == ["objects that live: 5"]
