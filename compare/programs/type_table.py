"""Each typecode with its ctypes type, its size and its zero; then two `Value`s.

See that `u` takes 4 bytes and `l` as many as `q` on 64-bit Linux, and that a new value
is zero without anybody writing a zero.
"""

import ctypes

TYPECODES = "cubBhHiIlLqQfd"


def main(mp):
    print(f"{'code':4} {'ctypes type':12} {'bytes':>5}  zero")
    for code in TYPECODES:
        raw = mp.RawValue(code)
        name, size = type(raw).__name__, ctypes.sizeof(raw)
        print(f"{code:4} {name:12} {size:5}  {raw.value!r}")
    print()
    print(mp.Value("i"), mp.Value("d"), sep="\n")
