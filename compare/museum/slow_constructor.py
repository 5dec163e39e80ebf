"""While one object is made, nobody gets another.

The constructor takes half a second. You would expect that other clients need not wait
for it.
"""

import threading
import time

ISSUE = None
PAIR = "managers.Server.create"
EXPECTED = """\
a list, meanwhile: at once
"""


def slow(begun):
    begun.append(True)
    time.sleep(0.5)


def main(mp):
    mp.managers.SyncManager.register("Slow", slow)
    with mp.Manager() as manager:
        begun = manager.list()
        maker = threading.Thread(target=manager.Slow, args=(begun,))
        maker.start()
        while not begun:
            time.sleep(0.01)
        began = time.monotonic()
        manager.list()
        waited = time.monotonic() - began
        print("a list, meanwhile:", "at once" if waited < 0.3 else "after it")
        maker.join()


def has_bug(lines):
    return lines == ["a list, meanwhile: after it"]
