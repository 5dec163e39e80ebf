"""A process was forked while other threads run.

The child has a copy of all memory, and of all threads only the one that forked. A lock
that another thread had is taken for ever there. A `Queue` that was used and a `Pool`
have threads, too.

Text since 3.12: DeprecationWarning: This process (pid=...) is multi-threaded, use of
    fork() may lead to deadlocks in the child.
Code: multiprocessing.popen_fork.Popen._launch
Do: Start the processes before the threads, or use spawn or forkserver.
Read: copy-or-fresh-start#the-child-hangs-or-counts-from-zero
"""

import threading
import warnings


def main(mp):
    warnings.simplefilter("always", DeprecationWarning)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    process = mp.Process(target=int)
    process.start()
    process.join()
    done.set()
    thread.join()
