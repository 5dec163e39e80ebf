"""What a proxy says of names that it does not have (see `proxy.names`)."""

import importlib


class Account:
    bank = "minibank"

    def __init__(self):
        self.owner = "Ann"

    def deposit(self, amount):
        return amount

    def withdraw(self, amount):
        return -amount

    def _audit(self):
        return "secret"

    def __len__(self):
        return 2


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Account", Account)
    with mp.Manager() as manager:
        account = manager.Account()
        attempts = {
            "account.depositt(5)": lambda: account.depositt(5),
            "account.owner": lambda: account.owner,
            "len(account)": lambda: len(account),
            "account._callmethod('__len__')": lambda: account._callmethod("__len__"),
        }
        for text, function in attempts.items():
            try:
                print(f"{text}\n    {function()}")
            except Exception as error:
                lines = [line for line in str(error).splitlines() if line.strip("-")]
                print(f"{text}\n    {type(error).__name__}: {lines[-1]}")
