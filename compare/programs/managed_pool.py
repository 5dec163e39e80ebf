"""A Pool and a Condition in a server: what stays there, and what runs here.

See that `apply_async` and `imap` return proxies, since what they return stays in the
server, and that `wait_for` calls its function in the process of whoever waits.
"""

import os


def notify(condition, done):
    with condition:
        done.append(os.getpid())
        condition.notify_all()


def main(mp):
    with mp.Manager() as manager:
        with manager.Pool(1) as pool:
            result, squares = pool.apply_async(pow, (2, 5)), pool.imap(abs, [-1, -2])
            print(type(result).__name__, result.get())
            print(type(squares).__name__, list(squares))
        condition, done, asked_by = manager.Condition(), manager.list(), set()

        def somebody_is_done():
            asked_by.add(os.getpid())
            return len(done)

        child = mp.Process(target=notify, args=(condition, done))
        with condition:
            child.start()
            print("wait_for returns", condition.wait_for(somebody_is_done))
        child.join()
        print("asked by this process only:", asked_by == {os.getpid()})
