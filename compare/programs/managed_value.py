"""A manager's Value, Array and Namespace beside those of shared memory.

See that a manager's Value takes anything and has no lock, that its Array does check the
type, and that a name with an underscore stays in the proxy, in this process.
"""


def main(mp):
    with mp.Manager() as manager:
        value = manager.Value("i", "not an int")
        print("manager.Value:", value, "has a lock:", hasattr(value, "get_lock"))
        print("mp.Value has a lock:", hasattr(mp.Value("i", 0), "get_lock"))
        array = manager.Array("i", [1, 2])
        print("array[:]:", array[:], "has append:", hasattr(array, "append"))
        attempts = {
            "mp.Value": lambda: setattr(mp.Value("i", 0), "value", "text"),
            "manager.Array": lambda: array.__setitem__(0, "text"),
        }
        for name, attempt in attempts.items():
            try:
                attempt()
            except TypeError as error:
                print(f"{name}: TypeError: {error}")
        names = manager.Namespace(x=1)
        names.y, names._z = [2], 3
        names.y.append(4)
        print("in the server:", names)
        print("in the proxy:", names._z)
