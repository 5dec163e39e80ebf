"""One update is lost in every run, since two events force the schedule.

See that the lock inside `value` is no help: each read and each write takes it, and
nobody holds it in between.
"""


def slow(counter, has_read, may_write):
    read = counter.value  # the first half of counter.value += 1
    print("slow reads  ", read, flush=True)
    has_read.set()
    may_write.wait()
    counter.value = read + 1  # the second half
    print("slow writes ", read + 1, flush=True)


def quick(counter, has_read, may_write):
    has_read.wait()
    counter.value += 1
    print("quick leaves", counter.value, flush=True)
    may_write.set()


def main(mp):
    counter = mp.Value("i", 0)
    events = mp.Event(), mp.Event()
    children = [
        mp.Process(target=worker, args=(counter, *events)) for worker in (slow, quick)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("2 updates, counted:", counter.value)
