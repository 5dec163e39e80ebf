"""What stands in a queue behind an object that fails is lost when the process ends.

An object cannot be pickled any more, since its process ends. You would expect that
those behind it are sent.
"""

import multiprocessing.util
import queue
import time

ISSUE = 79423
PAIR = "queues.Queue._feed"
EXPECTED = """\
behind it
"""


class TooLate:
    def __reduce__(self):
        while not multiprocessing.util.is_exiting():
            time.sleep(0.001)
        raise OSError("the connection is closed")


def put_two(shared):
    shared.put(TooLate())
    shared.put("behind it")


def main(mp):
    shared = mp.Queue()
    process = mp.Process(target=put_two, args=(shared,))
    process.start()
    process.join()
    try:
        print(shared.get(timeout=0.2))
    except queue.Empty:
        print("nothing")


def has_bug(lines):
    return lines == ["nothing"]
