"""What is inside a managed dict: copies, unless it is proxies.

See that an item comes as a copy, that putting the copy back changes the dict, and that
an item which is a proxy leads to one list for all.
"""


def main(mp):
    with mp.Manager() as manager:
        ages = manager.dict()
        ages["Ann"] = [30]
        ages["Ann"].append(31)
        print("appended to an item:", ages["Ann"])
        copy = ages["Ann"]
        copy.append(31)
        ages["Ann"] = copy
        print("the copy put back:", ages["Ann"])
        ages["Bob"] = manager.list([40])
        ages["Bob"].append(41)
        print("a proxy in the dict:", ages["Bob"][:])
        values = ages.values()
        kinds = [type(value).__name__ for value in values]
        print(f"values: {type(values).__name__} of {kinds}")
