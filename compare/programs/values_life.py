"""One Value from its first byte to its last, seen from outside.

See that the child finds the number at the same offset of the arena as its parent, and
that what it writes there is what the parent reads.
"""


def place(v):
    (arena, start, stop), size = v.get_obj()._wrapper._state
    return f"{size} bytes of block {start} to {stop - 1}"


def work(v):
    print("child finds ", v.value, "in", place(v), flush=True)
    v.value = 8


def main(mp):
    v = mp.Value("i", 7)
    print("parent wrote", v.value, "in", place(v), flush=True)
    child = mp.Process(target=work, args=(v,))
    child.start()
    child.join()
    print("parent finds", v.value)
    del v
