"""A callback that terminates its pool waits for ever.

The task cannot be pickled, so the thread that sends the tasks calls it. `terminate`
waits for the workers, and they for that thread. You would expect that an error may end
the pool.
"""

import threading
import time

ISSUE = 87129
PAIR = "pool.Pool._terminate_pool"
EXPECTED = """\
terminate returned: True
"""


def main(mp):
    pool, done = mp.Pool(1), threading.Event()

    def stop(result):
        pool.terminate()
        done.set()

    pool.apply(abs, (-1,))
    time.sleep(0.2)  # now the worker waits
    pool.apply_async(abs, (threading.Lock(),), error_callback=stop)
    print("terminate returned:", done.wait(1))


def has_bug(lines):
    return lines == ["terminate returned: False"]
