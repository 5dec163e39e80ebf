"""What a child process can do with the proxy of a dict (see `proxy.in_a_child`)."""

import sys


def use(ages):
    attempts = {
        "ages['Ann']": lambda: ages["Ann"],
        "sorted(ages.keys())": lambda: sorted(ages.keys()),
        "sorted(ages)": lambda: sorted(ages),
    }
    for text, function in attempts.items():
        try:
            print(f"{text}: {function()}")
        except AttributeError as error:
            print(f"{text}: AttributeError: {error}")
    sys.stdout.flush()


def main(mp):
    with mp.Manager() as manager:
        ages = manager.dict(Ann=30, Bob=40)
        child = mp.Process(target=use, args=(ages,))
        child.start()
        child.join()
