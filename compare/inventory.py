"""What a package offers, found by introspection.

It runs in the interpreter that is asked (see `api.inventory`), which may be another
one, and so needs nothing but the standard library.
"""

import ast
import dis
import functools
import importlib
import inspect
import itertools
import json
import platform
import sys
import types

MODULES = "process heap synchronize sharedctypes connection".split()
MODULES += "queues pool managers context".split()
# What people override in their subclasses counts, also where its name is private.
SUBCLASSED = {"BaseManager", "BaseProxy", "Server"}
# How an object is made, travels and dies, and what Python keeps in a class.
NOT_CALLED = set(
    "__init__ __new__ __del__ __reduce__ __getstate__ __setstate__ __dict__"
    " __weakref__ __doc__ __module__ __slots__ __annotations__ __builtins__"
    " __firstlineno__ __static_attributes__ __getnewargs__ __match_args__".split()
)


def main():
    """Print what the package in sys.argv offers, as JSON."""
    names = inventory(sys.argv[1])
    print(json.dumps({"version": platform.python_version(), "names": names}))


def inventory(package):
    """Return {name: entry} for a package and those of MODULES that it has.

    A name is "Lock" in the package itself and "managers.Server.create" in a module.
    An entry is a dict with "kind", a word, and, where they make sense, "signature", a
    text; "parameters", [[name, kind, text]]; "value", the text of a constant; "bases",
    names of classes; "own", False for what a class has from another that is listed.
    """
    mp = importlib.import_module(package)
    instances = _instances(mp)
    found = {name: _entry(getattr(mp, name)) for name in mp.__all__}
    for name in MODULES:
        module = importlib.import_module(f"{package}.{name}")
        found |= _of_module(name, module, instances)
    return found


def _instances(mp):
    """Return an object of each class that gets some methods when it is made."""
    locks = [mp.Lock(), mp.RLock(), mp.Semaphore(), mp.BoundedSemaphore()]
    waits = [mp.Condition(), mp.Event(), mp.Barrier(1)]
    return [*locks, *waits, mp.Value("i"), mp.Array("i", 1), mp.Array("c", 1)]


def _of_module(prefix, module, instances):
    public = {
        name: value
        for name, value in vars(module).items()
        if name[0] != "_" and _is_from(module, name, value)
    }
    classes = [value for value in public.values() if isinstance(value, type)]
    found = {}
    for name, value in public.items():
        found[f"{prefix}.{name}"] = _entry(value)
        if isinstance(value, type):
            instance = next((one for one in instances if isinstance(one, value)), None)
            for member, entry in _members(value, classes, instance):
                found[f"{prefix}.{name}.{member}"] = entry
    return found


def _is_from(module, name, value):
    """Return whether a module offers `value`, and has not just imported it."""
    if isinstance(value, types.ModuleType):
        return False
    if callable(value) and name not in getattr(module, "__all__", ()):
        return getattr(value, "__module__", None) == module.__name__
    return True


def _members(cls, listed, instance):
    """Yield (name, entry) for what a class has; the last one of a name counts."""
    private = any(base.__name__ in SUBCLASSED for base in cls.__mro__)
    package = cls.__module__.partition(".")[0]
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] != package:
            continue  # such as object
        own = base is cls or base not in listed
        for name in filter(_is_called, [*vars(base), *_stored(base)]):
            if name[0] != "_" or name[-2:] == "__" or private:
                holder = instance if name in getattr(instance, "__dict__", ()) else cls
                static = inspect.getattr_static(holder, name, None)
                unbound = isinstance(static, types.FunctionType)
                value = getattr(holder, name, None)
                yield name, _entry(value, unbound) | {"own": own}


def _is_called(name):
    return name not in NOT_CALLED


@functools.cache
def _stored(cls):
    """Return the public names that the methods of a class store in `self`."""
    functions = filter(inspect.isfunction, vars(cls).values())
    return [
        store.argval
        for function in functions
        for load, store in itertools.pairwise(dis.get_instructions(function))
        if store.opname == "STORE_ATTR" and _loads_self(load) and store.argval[0] != "_"
    ]


def _loads_self(instruction):
    names = instruction.argval  # of two, where one instruction loads both
    return names == "self" or isinstance(names, tuple) and names[-1] == "self"


def _entry(value, unbound=False):
    """Describe a value; `unbound` says that its first parameter is `self`."""
    if isinstance(value, type):
        kind = "exception" if issubclass(value, BaseException) else "class"
        bases = [base.__name__ for base in value.__mro__[1:-1]]
        return {"kind": kind, "bases": bases} | _called(value)
    if callable(value):
        return {"kind": "function"} | _called(value, unbound)
    return {"kind": "attribute", "value": _literal(value)}


def _called(function, unbound=False):
    """Return how to call it, with the public parameters; nothing if nobody can tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    public = [
        one.replace(annotation=one.empty)
        for one in itertools.islice(parameters, unbound, None)
        if one.name[0] != "_"
    ]
    return {
        "signature": str(inspect.Signature(public)),
        "parameters": [[one.name, one.kind.name, str(one)] for one in public],
    }


def _literal(value):
    """Return the text of a constant; "" for what is none, or in no order."""
    try:
        ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        return ""
    return "" if isinstance(value, (set, type(None))) else repr(value)
