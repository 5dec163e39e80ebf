"""Shared objects inside lists, dicts and tuples of arguments.

See that they need not be arguments themselves: whatever carries them to the child, it
finds the same memory, also twice.
"""


def work(rows, named, pair):
    for i, row in enumerate(rows):
        row[i] = i + 1
    with named["total"] as total:
        print("with gives", total)
    with named["total"]:
        named["total"].value = sum(sum(row) for row in rows)
    (first, again) = pair
    first.value = 5
    print("child sees it twice:", again.value, flush=True)


def main(mp):
    rows = [mp.Array("i", 3) for _ in range(3)]
    named = {"total": mp.Value("q", 0)}
    shared = mp.RawValue("i", 1)
    child = mp.Process(
        target=work, args=(rows, named), kwargs={"pair": (shared, shared)}
    )
    child.start()
    child.join()
    print([row[:] for row in rows], named["total"].value, shared.value)
