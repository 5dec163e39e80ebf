"""One managed list and who refers to it, moment by moment (see `lifetime.figure`).

Prints a line for each moment: who does what, and how many references the server
counts for the list, as its `debug_info` says.
"""

import re
import time
from pickle import dumps, loads

PATIENCE = 0.5  # seconds for what the server does by itself, or never


def main(mp):
    with mp.Manager() as manager:
        box, numbers = manager.list(), manager.list([1])
        ident = numbers._token.id

        def count():
            text = manager._debug_info()
            found = re.search(rf"^  {ident}: +refcount=(\d+)", text, re.M)
            return int(found[1]) if found else 0

        def report(who, text, before=None):
            until = time.monotonic() + PATIENCE
            while count() == before and time.monotonic() < until:
                time.sleep(0.01)
            print(who, text, count(), sep="\t")

        report("main", "`numbers = manager.list([1])`")
        again = loads(dumps(numbers))
        report("main", "`again = loads(dumps(numbers))`")
        del again
        report("main", "`del again`")
        ours, theirs = mp.Pipe()
        args = theirs, box, numbers
        child = mp.Process(target=work, args=args, daemon=True)
        child.start()
        del args
        ours.recv()
        report("child", "is forked, with a copy of the proxy")
        ours.send("go on")
        ours.recv()
        report("child", "`box.append(numbers)`: a proxy in another managed list")
        del numbers
        report("main", "`del numbers`")
        held = count()
        child.kill()
        child.join()
        report("child", "is killed: `kill -9`", held)
        numbers = box[0]
        report("main", "`numbers = box[0]`")
        held = count()
        del box[0]
        report("main", "`del box[0]`", held)
        del numbers
        report("main", "`del numbers`")


def work(pipe, box, numbers):
    pipe.send("forked")
    pipe.recv()
    box.append(numbers)
    pipe.send("appended")
    pipe.recv()
