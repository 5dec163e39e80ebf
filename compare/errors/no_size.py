"""The letter that you gave is not in the table of types.

`Value` and `Array` take a letter of that table or a type of ctypes. Something else is
handed to `ctypes.sizeof` as if it were a type.

Text until 3.14: TypeError: this type has no size
Text since 3.15: TypeError: bad typecode (must be a ctypes type or one of ...)
Code: multiprocessing.sharedctypes.typecode_to_type
Do: Take a letter of the table, or a type such as `ctypes.c_bool`.
Read: types-at-an-address#the-table-of-types
"""


def main(mp):
    mp.Value("k")
