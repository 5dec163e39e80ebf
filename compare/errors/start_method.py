"""A start method was chosen twice, or one that is not there.

It is chosen once in a program. Whoever makes a process, a lock or a queue, or asks for
the start method, has chosen the default, and so may a library that you import.

Text: RuntimeError: context has already been set
Text: ValueError: cannot find context for 'thread'
Code: multiprocessing.context.DefaultContext.set_start_method
Do: Choose it first thing below `if __name__ == "__main__":`; a library uses
    `get_context("spawn")` for itself. The methods are fork, spawn and forkserver.
Read: copy-or-fresh-start#the-guard-is-missing
"""

from compare.errors._attempt import attempt


def main(mp):
    attempt(lambda: mp.set_start_method("spawn"))
    attempt(lambda: mp.set_start_method("thread", force=True))
