"""Functions that the Pool calls when a result has come.

See that they run in the parent, in a thread of the Pool, and before `get` returns. What
they return is lost. Until the result is there, `successful` has no answer.
"""

import os
import threading

shared = []  # in a worker: the Event that the initializer put there


def initialize(event):
    shared.append(event)


def divide(a, b):
    shared[0].wait()
    return a // b


def main(mp):
    may_end, parent = mp.Event(), os.getpid()

    def tell(result):
        here = os.getpid() == parent
        thread = threading.current_thread() is not threading.main_thread()
        print(f"called with {result!r}; in the parent: {here}, in a thread: {thread}")

    with mp.Pool(1, initialize, (may_end,)) as pool:
        result = pool.apply_async(divide, (7, 2), callback=tell, error_callback=tell)
        print("ready:", result.ready())
        for ask in (result.successful, lambda: result.get(timeout=0.1)):
            try:
                ask()
            except (ValueError, mp.TimeoutError) as error:
                print(type(error).__name__)
        may_end.set()
        print("get:", result.get(), "- ready:", result.ready())
        args = [(7, 1), (7, 0)]
        failed = pool.starmap_async(divide, args, callback=tell, error_callback=tell)
        failed.wait()
        print("successful:", failed.successful())
