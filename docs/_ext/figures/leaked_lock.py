"""A process that makes a lock and is killed (see `semaphores.leaked`)."""

import os
import signal


def main(mp):
    lock = mp.Lock()
    print(lock, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
