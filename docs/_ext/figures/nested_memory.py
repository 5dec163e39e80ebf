"""How a server's memory grows by large objects that came and went.

See `lifetime.nested`: prints the megabytes before and after, and how many objects the
server counts.
"""

import time
from pathlib import Path

TIMES, SIZE = 20, 5_000_000


def main(mp):
    with mp.Manager() as manager:
        outer = manager.list()

        def megabytes():
            status = Path(f"/proc/{manager._process.pid}/status").read_text()
            return int(status.partition("VmRSS:")[2].split()[0]) // 1000

        before = megabytes()
        for _ in range(TIMES):
            outer.append(manager.list([bytes(SIZE)]))
            outer.pop()
        time.sleep(0.2)  # what is dropped later is dropped now
        print(before, megabytes(), manager._number_of_objects())
