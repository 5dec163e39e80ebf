"""A `Process` was joined or ended before its start.

Until `start()` there is no process, only the plan of one: nothing to wait for, nothing
to end.

Text: AssertionError: can only join a started process
Text: AttributeError: 'NoneType' object has no attribute 'terminate'
Text: ValueError: process not started
Code: multiprocessing.process.BaseProcess.join
Do: Call `start()` first; `run()` would call the target here, in your own process.
Read: how-a-process-ends#what-goes-wrong
"""

from compare.errors._attempt import attempt


def main(mp):
    process = mp.Process(target=int)
    attempt(process.join)
    attempt(process.terminate)
    attempt(lambda: process.sentinel)
