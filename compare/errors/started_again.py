"""A `Process` was started again, or used after `close()`.

An object stands for one process: for its start, its life and its exit code. What it was
to call is forgotten after the start, and `close()` forgets the rest.

Text: AssertionError: cannot start a process twice
Text: AssertionError: process has already started
Text: ValueError: process object is closed
Code: multiprocessing.process.BaseProcess.start
Do: Make a new `Process` for each start, and set `daemon` before; `close()` comes last.
Read: how-a-process-ends#what-goes-wrong
"""

from compare.errors._attempt import attempt


def main(mp):
    process = mp.Process(target=int)
    process.start()
    attempt(process.start)
    attempt(lambda: setattr(process, "daemon", True))
    process.join()
    process.close()
    attempt(process.is_alive)
