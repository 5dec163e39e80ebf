"""What the proxy of a list does as a list does, and what not.

See that it does what is sent to the list, such as `len`, an index, `in` and `+`, and
what Python builds from these, such as a `for` loop. What is asked of the proxy object
itself, such as its type, gets the answer of a proxy.
"""

import copy
import json


def main(mp):
    with mp.Manager() as manager:
        numbers = manager.list([3, 1, 2])
        expressions = {
            "numbers[0], len(numbers)": lambda: (numbers[0], len(numbers)),
            "1 in numbers": lambda: 1 in numbers,
            "bool(manager.list())": lambda: bool(manager.list()),
            "sorted(numbers)": lambda: sorted(numbers),
            "numbers + [4]": lambda: numbers + [4],
            "[4] + numbers": lambda: [4] + numbers,
            "numbers == [3, 1, 2]": lambda: numbers == [3, 1, 2],
            "numbers[:] == [3, 1, 2]": lambda: numbers[:] == [3, 1, 2],
            "isinstance(numbers, list)": lambda: isinstance(numbers, list),
            "json.dumps(numbers)": lambda: json.dumps(numbers),
            "copy.deepcopy(numbers)": lambda: copy.deepcopy(numbers),
            "repr(numbers)": lambda: repr(numbers),
            "str(numbers)": lambda: str(numbers),
        }
        for text, function in expressions.items():
            try:
                print(f"{text}: {function()}")
            except TypeError as error:
                print(f"{text}: TypeError: {error}")
