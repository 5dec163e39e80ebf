"""A child leaves a process behind, and its parent waits (see `endings.left_behind`).

Prints whether the sentinel says that the child has ended, and how long `join` takes.
"""

import os
import select
import signal
import time

LIMIT = 0.5  # seconds


def leave(pipe):
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    pipe.send(pid)


def main(mp):
    ours, theirs = mp.Pipe(duplex=False)
    child = mp.Process(target=leave, args=(theirs,))
    child.start()
    other = ours.recv()
    while state(child.pid) != "Z":
        time.sleep(0.001)
    print(bool(select.select([child.sentinel], [], [], 0)[0]))
    began = time.monotonic()
    child.join(LIMIT)
    print(time.monotonic() - began >= LIMIT)
    os.kill(other, signal.SIGKILL)
    child.join()


def state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
