"""You asked for the lock of a value that was made without one.

With `lock=False`, and from `RawValue`, you get the bare object of ctypes. It has the
attribute `value`, but neither a lock nor a method that returns one.

Text: AttributeError: 'c_int' object has no attribute 'get_lock'
Code: multiprocessing.sharedctypes.Value
Do: Leave `lock=False` out, or make a `Lock` of your own and pass both on.
Read: the-wrapper#a-lock-has-a-method-acquire
"""


def main(mp):
    mp.Value("i", 0, lock=False).get_lock()
