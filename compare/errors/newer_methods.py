"""The example that you follow is for Python 3.14.

The proxies' methods are listed by hand in CPython, and until 3.13 the list has not
grown with `list` and `dict`. minimp has the methods of 3.14 on every Python.

Text until 3.13: AttributeError: 'SyncManager' object has no attribute 'set'
Text until 3.13: AttributeError: 'ListProxy' object has no attribute 'copy'
Text until 3.13: AttributeError: 'ListProxy' object has no attribute 'clear'
Text until 3.13: TypeError: unsupported operand type(s) for |: 'DictProxy' and 'dict'
minimp: nothing
Code: multiprocessing.managers.SyncManager
Do: Write `numbers[:]`, `del numbers[:]` and `ages.update(...)` instead.
Read: the-managers-types#what-goes-wrong
"""

from compare.errors._attempt import attempt


def main(mp):
    with mp.Manager() as manager:
        numbers, ages = manager.list(), manager.dict()
        attempt(lambda: manager.set())
        attempt(lambda: numbers.copy())
        attempt(lambda: numbers.clear())
        attempt(lambda: ages | {})
