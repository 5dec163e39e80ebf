"""You asked an array for its text by `.value`, and it is no array of bytes.

Only an array of `c_char`, typecode `"c"`, has `value` and `raw`. An array of type `"u"`
has characters, and its wrapper is that of any array.

Text: AttributeError: 'SynchronizedArray' object has no attribute 'value'
Code: multiprocessing.sharedctypes.synchronized
Do: Take a slice, `a[:]`, or make an `Array("c", b"...")` and decode its `value`.
Read: types-at-an-address#what-goes-wrong
"""


def main(mp):
    print(mp.Array("u", "abc").value)
