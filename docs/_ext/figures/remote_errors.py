"""What a client gets when a method in the server fails (see `server.errors`)."""

import importlib
import threading
import traceback


class NeedsTwo(Exception):
    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class Account:
    def withdraw(self, amount):
        raise ValueError(f"only 5 there, not {amount}")

    def confuse(self):
        raise NeedsTwo(1, 2)

    def lend_lock(self):
        return threading.Lock()

    def leave(self):
        raise SystemExit(3)

    def balance(self):
        return 5


def answer(call):
    """Return what the client gets: a result, or an exception's last line."""
    try:
        return repr(call())
    except BaseException as error:
        lines = [line for line in str(error).splitlines() if line.strip("-")]
        return f"{type(error).__name__}: {lines[-1] if lines else ''}".rstrip(" :")


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    managers.SyncManager.register("Account", Account)
    with mp.Manager() as manager:
        account = manager.Account()
        try:
            account.withdraw(7)
        except ValueError as error:
            print("".join(traceback.format_exception(error)))
        for what, call in {
            "raises an exception whose __init__ needs two arguments": account.confuse,
            "returns a lock": account.lend_lock,
            "raises SystemExit(3)": account.leave,
            "returns 5": account.balance,
        }.items():
            print(f"{what}:\n    {answer(call)}")
