"""A lambda, or a function inside of another one, was given to a child.

Under spawn and forkserver, the default on Linux since Python 3.14, a child gets its
target by pickle, as a task of a `Pool` and an item of a `Queue` always do. A function
is pickled as its name, and these have none by which another process could find them. A
decorator that keeps the name, but not the function, is the third case.

Text until 3.12: AttributeError: Can't pickle local object 'main.<locals>.inner'
Text since 3.13 until 3.13: AttributeError: Can't get local object 'main.<locals>.inner'
Text since 3.14: PicklingError: Can't pickle local object <function main.<locals>.inner
    at 0x...>
Text until 3.13: PicklingError: Can't pickle <function <lambda> at 0x...>: attribute
    lookup <lambda> on no_name_of_its_own failed
Text since 3.14: PicklingError: Can't pickle <function <lambda> at 0x...>: it's not
    found as no_name_of_its_own.<lambda>
Text: PicklingError: Can't pickle <function decorated at 0x...>: it's not the same
    object as no_name_of_its_own.decorated
Code: multiprocessing.reduction.ForkingPickler
Do: Use `def` at the top of a module; `functools.partial` of such a function travels,
    too.
Read: copy-or-fresh-start#it-cannot-be-pickled
Method: spawn
"""

import functools

from compare.errors._attempt import attempt

at_the_top = lambda: None  # noqa: E731


def decorated():
    pass


undecorated, decorated = decorated, functools.wraps(decorated)(lambda: None)


def main(mp):
    def inner():
        pass

    attempt(mp.Process(target=inner).start)
    with mp.Pool(1) as pool:
        attempt(lambda: pool.apply(at_the_top))
        attempt(lambda: pool.apply(undecorated))
