"""What a child can be given, and what a message can carry (see `queues.travel`)."""

import contextlib
import io
import threading

LAST = "last"


def use(thing):
    """Do nothing: to arrive is all."""


def verdict(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "yes"


def things(mp, manager):
    ours, theirs = mp.Pipe()
    return {
        "a list": [1, 2, 3],
        "a `lambda`": lambda: 7,
        "`threading.Lock()`": threading.Lock(),
        "`Lock()`": mp.Lock(),
        "`Queue()`": mp.Queue(),
        "`Value('i')`": mp.Value("i"),
        "an end of a `Pipe()`": ours,
        "`manager.Queue()`": manager.Queue(),
    }


def argument(mp, thing):
    """Give it to a new process."""
    child = mp.Process(target=use, args=(thing,))
    child.start()
    child.join()
    if child.exitcode != 0:
        raise RuntimeError


def item(mp, thing):
    """Put it into a queue; return what the feeder thinks of it."""
    queue = mp.Queue()
    with contextlib.redirect_stderr(io.StringIO()) as said:
        queue.put(thing)
        queue.put(LAST)
        if queue.get() != LAST:
            queue.get()
            return "yes"
    return said.getvalue().splitlines()[-1].partition(":")[0].rpartition(".")[2]


def main(mp):
    with mp.Manager() as manager, mp.Pool(1) as pool:
        for name, thing in things(mp, manager).items():
            start = verdict(lambda it=thing: argument(mp, it))
            task = verdict(lambda it=thing: pool.apply(use, (it,)))
            print(name, start, task, item(mp, thing), sep="\t")
