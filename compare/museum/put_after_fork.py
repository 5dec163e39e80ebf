"""What is put after os.fork is never sent.

The queue has a thread in the parent, and none in the child. You would expect that it
starts one there.
"""

import os
import queue

ISSUE = None
PAIR = "queues.Queue._reset"
EXPECTED = """\
from the parent
from the child
"""


def main(mp):
    shared = mp.Queue()
    shared.put("from the parent")
    print(shared.get())
    if os.fork() == 0:
        shared.put("from the child")
        shared.close()
        shared.join_thread()
        os._exit(0)
    os.wait()
    try:
        print(shared.get(timeout=0.2))
    except queue.Empty:
        print("nothing")


def has_bug(lines):
    return lines == ["from the parent", "nothing"]
