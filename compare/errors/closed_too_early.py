"""A `Process` was closed while it runs.

`close()` gives back what belongs to a process that has ended; it does not end one.

Text: ValueError: Cannot close a process while it is still running. You should first
    call join() or terminate().
Code: multiprocessing.process.BaseProcess.close
Do: Wait with `join()`, or end it with `terminate()` and `join()`; then close it.
Read: how-a-process-ends#what-goes-wrong
"""

import time


def main(mp):
    process = mp.Process(target=time.sleep, args=(60,), daemon=True)
    process.start()
    process.close()
