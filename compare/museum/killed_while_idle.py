"""Workers that are killed while they wait for a task stop their pool.

Each waits with a lock of the queue of tasks, or for it. You would expect that others
take their place, and that the pool goes on.
"""

import os
import signal
import time

ISSUE = 96062
PAIR = "pool.worker"
EXPECTED = """\
the pool goes on: True
"""


def program(mp, done):
    os.setpgid(0, 0)  # so that main can end the workers, too
    pool = mp.Pool(2)
    for _ in range(3):
        pool.map(abs, range(9))
        time.sleep(0.05)  # now they wait
        for worker in list(pool._pool):
            os.kill(worker.pid, signal.SIGKILL)
    pool.map(abs, range(9))
    done.set()
    signal.pause()


def main(mp):
    done = mp.Event()
    process = mp.Process(target=program, args=(mp, done))
    process.start()
    print("the pool goes on:", done.wait(1.2))
    os.killpg(process.pid, signal.SIGKILL)
    process.join()


def has_bug(lines):
    return lines == ["the pool goes on: False"]
