"""What ctypes and the pickler refuse, and in which words.

See that each refusal comes at once, in the process that made the mistake, and that
none of them names the argument.
"""

import pickle


def main(mp):
    with mp.Pool(1) as pool:
        attempts = {
            'RawValue("x")': lambda: mp.RawValue("x"),
            'RawValue("i", 1.5)': lambda: mp.RawValue("i", 1.5),
            'RawArray("i", -1)': lambda: mp.RawArray("i", -1),
            'RawArray("i", 3.0)': lambda: mp.RawArray("i", 3.0),
            'RawArray("i", (n for n in [1, 2]))': lambda: mp.RawArray(
                "i", (n for n in [1, 2])
            ),
            'RawArray("c", "text")': lambda: mp.RawArray("c", "text"),
            'Array("u", "text").value': lambda: mp.Array("u", "text").value,
            'pool.apply(str, [RawValue("i")])': lambda: pool.apply(
                str, [mp.RawValue("i")]
            ),
            'pickle.dumps(RawValue("i"))': lambda: pickle.dumps(mp.RawValue("i")),
        }
        for name, attempt in attempts.items():
            try:
                print(f"{name}: {attempt()!r}")
            except Exception as error:  # which one it is, is the question
                print(f"{name}: {type(error).__name__}\n    {error}")
