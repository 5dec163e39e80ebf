"""A process does not end because nobody reads what it has put.

A queue's thread waits for room in the pipe. Its own process has the only reader left,
and does not read. You would expect that the process ends.
"""

ISSUE = 87971
PAIR = "queues.Queue._finalize_close"
EXPECTED = """\
it has ended: True
"""


def put_much(queue):
    queue.put(bytes(10**6))


def main(mp):
    process = mp.Process(target=put_much, args=(mp.Queue(),))
    process.start()  # after that, nothing here refers to the queue
    process.join(1)
    print("it has ended:", process.exitcode == 0)
    process.kill()


def has_bug(lines):
    return lines == ["it has ended: False"]
