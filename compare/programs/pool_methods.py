"""The ways to have a Pool call a function, and what each of them returns.

See that all return results in the order of the arguments, but for `imap_unordered`,
and that a method whose name ends in `_async` returns at once, with a promise.
"""


def main(mp):
    with mp.Pool(2) as pool:
        print("apply:", pool.apply(pow, (2, 5)))
        print("apply, by name:", pool.apply(int, ("ff",), {"base": 16}))
        print("map:", pool.map(abs, range(-3, 3), chunksize=2))
        print("map, nothing:", pool.map(abs, []))
        print("starmap:", pool.starmap(pow, [(2, 1), (2, 2), (2, 3)]))
        print("imap:", list(pool.imap(abs, range(-3, 3))))
        found = pool.imap_unordered(abs, range(-3, 3))
        print("imap_unordered, sorted:", sorted(found))
        promise = pool.apply_async(pow, (2, 5))
        print("apply_async:", type(promise).__name__, promise.get())
        promise = pool.map_async(abs, range(-3, 3))
        print("map_async:", type(promise).__name__, promise.get())
        promise = pool.starmap_async(pow, [(2, 1), (2, 2), (2, 3)])
        print("starmap_async:", type(promise).__name__, promise.get())
