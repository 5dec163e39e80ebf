"""Two of three come to a Barrier, and the third one never does.

See that the time of the first one breaks the barrier for both, that it stays broken for
whoever comes later, and that `reset` mends it.
"""

import threading


def come(barrier, timeout, told):
    try:
        barrier.wait(timeout)
    except threading.BrokenBarrierError as error:
        with told:
            told.value += 1
            print(f"{type(error).__name__}: {str(error)!r}", flush=True)


def main(mp):
    barrier, told = mp.Barrier(3), mp.Value("i", 0)
    children = [
        mp.Process(target=come, args=(barrier, timeout, told))
        for timeout in (0.2, None)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("told:", told.value, "- broken:", barrier.broken)
    come(barrier, None, told)
    barrier.reset()
    print("after reset, broken:", barrier.broken)
