"""A condition made of a lock and one semaphore, beside the real one.

See that it remembers a notify that nobody waited for, and that a sleeper whose time ran
out leaves one behind: both wake somebody later, for nothing.
"""


class NaiveCondition:
    def __init__(self, mp):
        self.lock = mp.Lock()
        self.semaphore = mp.Semaphore(0)

    def __enter__(self):
        return self.lock.__enter__()

    def __exit__(self, *exc_info):
        return self.lock.__exit__(*exc_info)

    def wait(self, timeout):
        self.lock.release()
        woken = self.semaphore.acquire(timeout=timeout)
        self.lock.acquire()
        return woken

    def notify(self):
        self.semaphore.release()


def main(mp):
    for condition in (NaiveCondition(mp), mp.Condition()):
        print(type(condition).__name__)
        with condition:
            condition.notify()
            print("  notified before it waits:", condition.wait(timeout=0.01))
            print("  time runs out:           ", condition.wait(timeout=0.01))
            condition.notify()
            print("  notified after that:     ", condition.wait(timeout=0.01))
