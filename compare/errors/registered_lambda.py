"""A manager whose registry has a lambda was started.

Under spawn and forkserver, the default on Linux since Python 3.14, `start` pickles the
registry for the new process, and a function is pickled as its name. A lambda has none.

Text until 3.13: PicklingError: Can't pickle <function <lambda> at 0x...>: attribute
    lookup <lambda> on registered_lambda failed
Text since 3.14: PicklingError: Can't pickle <function <lambda> at 0x...>: it's not
    found as registered_lambda.<lambda>
Text until 3.12: AttributeError: Can't pickle local object 'main.<locals>.<lambda>'
Text since 3.13 until 3.13: AttributeError: Can't get local object
    'main.<locals>.<lambda>'
Text since 3.14: PicklingError: Can't pickle local object <function
    main.<locals>.<lambda> at 0x...>
Code: multiprocessing.managers.BaseManager.start
Do: Use `def` at the top of a module.
Read: across-machines#what-goes-wrong
Method: spawn
"""

import importlib

from compare.errors._attempt import attempt

at_the_top = lambda: None  # noqa: E731


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    for function in (at_the_top, lambda: None):
        managers.BaseManager.register("made", callable=function)
        attempt(managers.BaseManager().start)
