"""One block of four bytes, and types that look at it.

See that a number is bytes in an order, that a second type at the same address reads
the same bytes otherwise, and that what does not fit loses its upper bits silently.
"""

import ctypes


def add_one(number):
    number.value += 1


def main(mp):
    number = mp.RawValue("i", 1000)
    low = ctypes.c_ubyte.from_buffer(number)  # the first of the four
    print(bytes(number), number, low)
    child = mp.Process(target=add_one, args=(number,))
    child.start()
    child.join()
    print(bytes(number), number, low)
    low.value = 0
    print(bytes(number), number, low)
    for value in (2**31 - 1, 2**31, 2**32 + 5, -1):
        number.value = value
        print(f"{value:10} becomes {number.value:11}; its first byte: {low.value:3}")
