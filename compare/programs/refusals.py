"""What is refused, and in which words.

See that a shared object can only be passed on while a process starts, and that mistakes
with types are told at once.
"""

import pickle


def main(mp):
    attempts = {
        'Value("k")': lambda: mp.Value("k"),
        'Value("i", "one")': lambda: mp.Value("i", "one"),
        'Value("i", 1, 2)': lambda: mp.Value("i", 1, 2),
        'Value("c", "p")': lambda: mp.Value("c", "p"),
        'Array("i", -1)': lambda: mp.Array("i", -1),
        'Array("i", 1.5)': lambda: mp.Array("i", 1.5),
        'Array("i", ["one"])': lambda: mp.Array("i", ["one"]),
        'Value("i").get()': lambda: mp.Value("i").get(),
        'Value("i") + 1': lambda: mp.Value("i") + 1,
        "Semaphore(-1)": lambda: mp.Semaphore(-1),
        'pickle Value("i")': lambda: pickle.dumps(mp.Value("i")),
        'pickle RawValue("i")': lambda: pickle.dumps(mp.RawValue("i")),
        "pickle Lock()": lambda: pickle.dumps(mp.Lock()),
        "pickle Condition()": lambda: pickle.dumps(mp.Condition()),
    }
    for name, attempt in attempts.items():
        try:
            print(f"{name}: {attempt()!r}")
        except Exception as error:  # which one it is, is the question
            print(f"{name}: {type(error).__name__}: {error}")
