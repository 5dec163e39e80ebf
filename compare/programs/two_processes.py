"""Two processes change what a third one made.

See that both children write into the parent's Value and Array: the second child finds
the first one's change, and the parent finds both.
"""


def first(value, array, first_is_done):
    print("first child finds ", value.value, array[:], flush=True)
    value.value = 2.75
    array[0] = 100
    first_is_done.set()


def second(value, array, first_is_done):
    first_is_done.wait()
    print("second child finds", value.value, array[:], flush=True)
    value.value *= 2
    array[1] = 200


def main(mp):
    value = mp.Value("d", 1.5)
    array = mp.Array("i", range(5))
    print(type(value))
    print(type(array))
    first_is_done = mp.Event()
    children = [
        mp.Process(target=worker, args=(value, array, first_is_done))
        for worker in (first, second)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print("parent finds      ", value.value, array[:])
