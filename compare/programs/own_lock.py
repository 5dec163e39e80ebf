"""The four answers to `lock=`: a new one, your own, none, and a wrong one.

See that two values can be guarded by one lock, that `lock=False` returns the bare
ctypes object, and that a lock is what has a method `acquire`.
"""


def transfer(here, there, amount, times):
    for _ in range(times):
        with here:  # the lock of both
            here.value -= amount
            there.value += amount


def main(mp):
    lock = mp.RLock()
    here, there = mp.Value("i", 1000, lock=lock), mp.Value("i", 0, lock=lock)
    print("one lock:", here.get_lock() is there.get_lock() is lock)
    children = [
        mp.Process(target=transfer, args=(here, there, amount, 100))
        for amount in (1, 2, -3)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("sum:", here.value + there.value, "here:", here.value)
    bare = mp.Value("i", 7, lock=False)
    print(bare, hasattr(bare, "get_lock"))
    print(type(mp.Value("i", lock=None).get_lock()))
    try:
        mp.Value("i", lock="a string")
    except AttributeError as error:
        print("AttributeError:", error)
