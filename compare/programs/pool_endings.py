"""A Pool is closed, and another one is terminated, both with work to do.

See that `close` lets all be done that has been asked for, and takes nothing more, and
that `terminate` ends the workers, whatever they do. A `with` block ends with
`terminate`.
"""

import time


def attempt(what, call):
    try:
        call()
    except ValueError as error:
        print(f"{what}: ValueError: {error}")


def main(mp):
    pool = mp.Pool(2)
    print(pool)
    attempt("join", pool.join)
    result = pool.map_async(abs, range(-50, 50))
    pool.close()
    print(pool)
    attempt("apply", lambda: pool.apply(abs, (-1,)))
    pool.join()
    print("all is done:", sum(result.get()) == 2500)
    with mp.Pool(2) as pool:
        pool.map_async(time.sleep, [600, 600, 600])
    print(pool)
    pool.join()
    attempt("apply", lambda: pool.apply(abs, (-1,)))
