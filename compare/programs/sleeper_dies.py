"""A process is killed while it sleeps in `wait`.

See that it still counts as a sleeper, and that the next `notify` waits for it to wake:
for ever, and with the lock in its hands.
"""

import time


def sleep(condition):
    with condition:
        condition.wait()


def notify(condition):
    with condition:
        condition.notify()


def asleep(condition):
    with condition:  # free again: the sleeper has released it
        return condition._sleeping_count.get_value() > 0


def main(mp):
    condition = mp.Condition()
    sleeper = mp.Process(target=sleep, args=(condition,))
    sleeper.start()
    while not asleep(condition):
        time.sleep(0.001)
    sleeper.kill()
    sleeper.join()
    print(condition)
    notifier = mp.Process(target=notify, args=(condition,))
    notifier.start()
    while not condition._lock._semlock._is_zero():
        time.sleep(0.001)
    notifier.join(timeout=0.3)
    print("notify has returned:", not notifier.is_alive())
    print(condition)
    notifier.kill()
    notifier.join()
    print("the lock is free:", condition.acquire(block=False))
