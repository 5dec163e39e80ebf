"""Something in shared memory was pickled by the plain `pickle`.

The pickler that starts processes knows how to send a block of shared memory, the plain
one does not. It goes through the attributes of the object until it meets the mapping,
which no pickle can hold.

Text: TypeError: cannot pickle 'mmap.mmap' object
Code: multiprocessing.sharedctypes.reduce_ctype
Do: Give the object to a `Process` as an argument, or to the `initializer` of a `Pool`.
Read: types-at-an-address#what-goes-wrong
"""

import pickle


def main(mp):
    pickle.dumps(mp.RawValue("i"))
