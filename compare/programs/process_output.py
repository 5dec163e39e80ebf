"""Text that is printed, but not yet written, when a process starts or ends.

See that each line comes once. A bare fork copies what waits in the buffer, and both
write it; a Process is started only when all is written, and writes its own at its end.
"""

import os
import sys


def main(mp):
    sys.stdout = open(1, "w", 4096, closefd=False)  # with a buffer, also by `-u`
    print("before the start")
    child = mp.Process(target=print, args=("in the child, not flushed",))
    child.start()
    child.join()
    print("before a bare fork")
    pid = os.fork()
    if pid == 0:
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(pid, 0)
