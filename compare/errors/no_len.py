"""You filled an array from something whose length is not known, or is no `int`.

A block of memory has to be asked for before the first item is written; so `Array` asks
for the length first. An `int` is a length; anything else must have one.

Text: TypeError: object of type 'generator' has no len()
Text: TypeError: object of type 'float' has no len()
Code: multiprocessing.sharedctypes.RawArray
Do: Make a list of it, `list(...)`, or an `int` of a NumPy number.
Read: types-at-an-address#filling-an-array
"""

from compare.errors._attempt import attempt


def main(mp):
    attempt(lambda: mp.Array("i", (x for x in range(3))))
    attempt(lambda: mp.Array("i", 3.0))
