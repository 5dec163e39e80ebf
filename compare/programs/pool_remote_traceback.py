"""A function fails in a worker of a Pool, and one returns what cannot be pickled.

See that the error arrives as what it is. Its traceback cannot be pickled, so its text
comes along, as the cause: with the lines of the worker. A result that cannot be
pickled becomes an error, too.
"""

import re
import threading
from pathlib import Path


def inner(number):
    return 1 // number


def outer(number):
    return inner(number)


def lock(number):
    return threading.Lock()


def main(mp):
    with mp.Pool(2) as pool:
        try:
            pool.map(outer, [2, 1, 0])
        except ZeroDivisionError as error:
            print(f"{type(error).__name__}: {error}")
            print("cause:", type(error.__cause__).__name__)
            text = str(error.__cause__)
        here = rf'{Path(__file__).name}", line \d+, in (\w+)'
        print("its text names:", re.findall(here, text))
        print("and ends with:", text.splitlines()[-2])
        try:
            pool.apply(lock, (1,))
        except Exception as error:  # of a class that only the pool has
            print(f"{type(error).__name__}: {error}")
