"""You computed with the object that `Value` returns, and not with its number.

The object is a wrapper, an object with a lock beside it; the number is its attribute.
A wrapper has no arithmetic, since no method of it could tell you which lock to hold.

Text: TypeError: unsupported operand type(s) for +=: 'Synchronized' and 'int'
Code: multiprocessing.sharedctypes.Synchronized
Do: Write `counter.value += 1`, and hold the lock meanwhile: `with counter.get_lock():`.
Read: the-wrapper#it-is-no-number
"""


def main(mp):
    counter = mp.Value("i", 0)
    counter += 1
