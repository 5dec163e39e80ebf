"""Who joins a queue waits for ever for an object that could not be pickled.

It was put into a `JoinableQueue` and never sent, so nobody can say that it is done. You
would expect that it counts no more.
"""

import threading

ISSUE = None
PAIR = "queues.JoinableQueue"
EXPECTED = """\
received: the next one
join has returned: True
"""


def main(mp):
    queue = mp.JoinableQueue()
    queue.put(lambda: None)
    queue.put("the next one")
    print("received:", queue.get())
    queue.task_done()
    waiter = threading.Thread(target=queue.join, daemon=True)
    waiter.start()
    waiter.join(0.5)
    print("join has returned:", not waiter.is_alive())


def has_bug(lines):
    return lines[1:] == ["join has returned: False"]
