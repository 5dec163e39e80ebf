"""A proxy was given to something that wants a list or a dict.

A proxy passes on calls of methods. What looks at the type of the object, or at its
memory, sees a proxy.

Text: TypeError: Object of type ListProxy is not JSON serializable
Text: TypeError: can only concatenate list (not "ListProxy") to list
Code: multiprocessing.managers.BaseProxy
Do: Take a copy first: `numbers[:]` or `ages.copy()`.
Read: the-proxy#a-proxy-is-no-list
"""

import json

from compare.errors._attempt import attempt


def main(mp):
    with mp.Manager() as manager:
        numbers = manager.list([1])
        attempt(lambda: json.dumps(numbers))
        attempt(lambda: [0] + numbers)
