"""An Array read and written by index and by slice.

See that a slice is a copy, that assigning to one writes through, that the length
never changes, and that numbers too large for their type wrap without a word.
"""


def double(array):
    with array:  # for the whole loop: each access alone would be guarded anyway
        for i in range(len(array)):
            array[i] *= 2


def main(mp):
    array = mp.Array("h", [1, 2, 3, 4, 5, 6])
    print(array)
    part = array[1:4]
    part[0] = 99
    print(part, array[:], len(array))
    array[::2] = [10, 30, 50]
    print(array[:], array[-1], array[::-2])
    child = mp.Process(target=double, args=(array,))
    child.start()
    child.join()
    print(array[:], sum(array))
    array[0] = 32768
    print("32768 in 16 bits:", array[0])
    zeros = mp.RawArray("d", 3)
    print(zeros[:], len(mp.Array("b", b"bytes")), mp.Array("u", "text")[:])
    for expression in (lambda: array[6], lambda: array["0"]):
        try:
            expression()
        except (IndexError, TypeError) as error:
            print(f"{type(error).__name__}: {error}")
