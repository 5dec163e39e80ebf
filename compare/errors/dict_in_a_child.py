"""A child goes through a manager's dict.

`iter(d)` makes an iterator in the server, and a proxy for it here. For that CPython
asks the manager, and a proxy that was passed to a child has none. minimp's proxies
carry what they need.

Text: AttributeError: 'NoneType' object has no attribute '_registry'
minimp: nothing
Code: multiprocessing.managers.BaseProxy._callmethod
Do: Go through a copy: `for key in d.keys():` or `for key in d.copy():`.
Read: the-proxy#in-another-process
"""


def main(mp):
    with mp.Manager() as manager:
        ages = manager.dict(a=1)
        child = mp.Process(target=list, args=(ages,))
        child.start()
        child.join()
