"""You asked a proxy for something that is no public method of its object.

A proxy has a method for each public method of the object. Attributes, and methods with
underscores such as `__len__`, stay in the server. If a name is sent there that is not
exposed, the server's traceback comes back, with a `KeyError` at its end.

Text: AttributeError: 'AutoProxy[Account]' object has no attribute 'owner'
Text: TypeError: object of type 'AutoProxy[Account]' has no len()
Text: RemoteError
Text: KeyError: '__len__'
minimp: AttributeError: 'AutoProxy[Account]' object has no attribute 'owner'; exposed
    are deposit
minimp: TypeError: object of type 'AutoProxy[Account]' has no len()
minimp: RemoteError
minimp: AttributeError: method '__len__' of <class 'names_of_a_proxy.Account'> object is
    not in exposed=['deposit']
Code: multiprocessing.managers.public_methods
Do: Write a method that returns the attribute, or give `exposed` or a `proxytype`.
Read: the-proxy#methods-made-of-names
"""

import importlib

from compare.errors._attempt import attempt


class Account:
    owner = "Ann"

    def deposit(self, amount):
        return amount

    def __len__(self):
        return 2


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Account", Account)
    with mp.Manager() as manager:
        account = manager.Account()
        attempt(lambda: account.owner)
        attempt(lambda: len(account))
        attempt(lambda: account._callmethod("__len__"))
