"""A process asked for another one that is not its child.

Only a parent is told how its child ends. A `Process` that reached another process, by a
fork, as an argument or in a global variable, is of no use there.

Text: AssertionError: can only join a child process
Text: AssertionError: can only test a child process
Text: AssertionError: can only start a process object created by current process
Code: multiprocessing.process.BaseProcess.join
Do: Join and start it where it was made. To tell others that a process has ended, use an
    `Event`.
Read: how-a-process-ends#what-goes-wrong
"""

from compare.errors._attempt import attempt


def use(started, other):
    attempt(started.join)
    attempt(started.is_alive)
    attempt(other.start)


def main(mp):
    started, other = mp.Process(target=int), mp.Process(target=int)
    started.start()
    child = mp.Process(target=use, args=(started, other))
    child.start()
    child.join()
