"""A manager's `Value` is no `multiprocessing.Value`: it has no lock.

It is a bare object in the server with one attribute. Each access is a message, and the
`lock` that you may have given is ignored.

Text: AttributeError: 'ValueProxy' object has no attribute 'get_lock'
minimp: AttributeError: 'ValueProxy' object has no attribute 'get_lock'; exposed are
    get, set
Code: multiprocessing.managers.Value
Do: Make a `manager.Lock()` and hold it, or use `multiprocessing.Value`.
Read: the-managers-types#a-value-without-a-lock
"""


def main(mp):
    with mp.Manager() as manager:
        manager.Value("i", 0).get_lock()
