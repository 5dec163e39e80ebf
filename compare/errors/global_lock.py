"""A child that is not forked looks for a global that its parent set.

Such a child imports your module anew, and what the parent did below
`if __name__ == "__main__":`, or in a function, did not happen there. Since Python 3.14
this concerns Linux too, where processes are no longer forked by default.

Text: NameError: name 'lock' is not defined
Code: multiprocessing.spawn.prepare
Do: Pass what the child needs as an argument of `Process`.
Read: locks-between-processes#a-global-lock-in-a-child-that-is-not-forked
Method: spawn
"""


def work():
    with lock:
        pass


def main(mp):
    global lock
    lock = mp.Lock()
    child = mp.Process(target=work)
    child.start()
    child.join()
