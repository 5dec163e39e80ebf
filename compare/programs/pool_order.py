"""The first of two tasks takes longer than the second.

See that `imap` keeps the order, and so holds back a result that is there, while
`imap_unordered` gives out what comes first.
"""

shared = []  # in a worker: the Event that the initializer put there


def initialize(event):
    shared.append(event)


def work(name):
    if name == "slow":
        shared[0].wait()
    return name


def main(mp):
    may_end = mp.Event()
    with mp.Pool(2, initialize, (may_end,)) as pool:
        results = pool.imap_unordered(work, ["slow", "quick"])
        print("imap_unordered, first:", next(results))
        may_end.set()
        print("then:", next(results))
        may_end.clear()
        results = pool.imap(work, ["slow", "quick"])
        try:
            results.next(timeout=0.2)
        except mp.TimeoutError as error:
            print("imap, first:", type(error).__name__)
        may_end.set()
        print("then:", list(results))
