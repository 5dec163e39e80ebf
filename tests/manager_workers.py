"""What the tests of managers run in servers and in children.

Importable everywhere: a child gets the name of an implementation, and
`load` gives its module.
"""

import importlib
import os
import signal
import threading
import time

MODULES = {"cpython": "multiprocessing.managers", "minimp": "minimp.managers"}


def load(name):
    """Return the module of managers of the implementation called `name`."""
    return importlib.import_module(MODULES[name])


# --- what a manager is asked to make -----------------------------------------


class Counter:
    """Has methods of every kind that a proxy may or may not expose."""

    def __init__(self, start=0):
        self.count = start

    def up(self, by=1, /, *, twice=False):
        self.count += 2 * by if twice else by
        return self.count

    def fail(self, error, *args):
        raise error(*args)

    def numbers(self):
        return iter(range(self.count))

    def child(self):
        return Counter(self.count + 1)

    def unpicklable(self):
        return threading.Lock()

    def give(self, value):
        return value

    def _hidden(self):
        return "hidden"

    def __repr__(self):
        return f"Counter({self.count})"


class Tracked:
    """Knows how many of its kind live in this process."""

    alive = 0

    def __init__(self):
        Tracked.alive += 1

    def __del__(self):
        Tracked.alive -= 1

    def others(self):
        return Tracked.alive - 1


class NeedsTwo(Exception):
    """Cannot be unpickled: args holds less than __init__ needs."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class ExplodesOnLoad:
    """Raises the exception of the given type where it is unpickled."""

    def __init__(self, error):
        self.error = error

    def __reduce__(self):
        return explode, (self.error,)


def explode(error):
    raise error("while unpickling")


class LoadsOnce:
    """Can be unpickled in the server, and not again in the client."""

    def __init__(self, times=0):
        self.times = times

    def __reduce__(self):
        return load_once, (self.times + 1,)


def load_once(times):
    if times == 2:
        raise ValueError("loaded a second time")
    return LoadsOnce(times)


def slow(ready, go):
    """A constructor that tells that it has begun, and waits."""
    ready.put("begun")
    go.get()
    return []


def refuse():
    raise SystemExit("not made")


def initialize(path, text):
    with open(path, "w") as file:
        file.write(text)


def fail_to_initialize():
    raise LookupError("no initial value")


def register_all(manager_class):
    """Register what the tests make, on a subclass of SyncManager."""
    methods = {"numbers": "Iterator", "child": "Child"}
    manager_class.register("Counter", Counter, method_to_typeid=methods)
    manager_class.register("Child", method_to_typeid=methods, create_method=False)
    manager_class.register("First", Counter, method_to_typeid={"child": "Second"})
    manager_class.register(
        "Second", method_to_typeid={"numbers": "Iterator"}, create_method=False
    )
    manager_class.register("Link", Counter, method_to_typeid={"child": "NextLink"})
    manager_class.register(
        "NextLink", method_to_typeid={"child": "NextLink"}, create_method=False
    )
    manager_class.register("Slow", slow)
    manager_class.register("Tracked", Tracked)
    manager_class.register("Refuse", refuse)
    manager_class.register("Hidden", Counter, exposed=("_hidden", "up"))
    return manager_class


CLASSES = {}


def manager_class(name):
    """Return the subclass of SyncManager with everything registered."""
    if name not in CLASSES:
        base = load(name).SyncManager
        module = {"__module__": __name__}
        cls = type(f"{name.capitalize()}Manager", (base,), module)
        CLASSES[name] = globals()[cls.__name__] = register_all(cls)
    return CLASSES[name]


def __getattr__(name):
    """Let a spawned child find the class of a manager by its name."""
    for implementation in MODULES:
        if name == f"{implementation.capitalize()}Manager":
            return manager_class(implementation)
    raise AttributeError(name)


# --- what children do ---------------------------------------------------------


def connect(name, address, key):
    manager = manager_class(name)(address, authkey=key)
    manager.connect()
    return manager


def append(proxy, value):
    proxy.append(value)


def iterate(proxy, out):
    """Tell what a `for` over the proxy sees, or how it fails."""
    try:
        out.append([*proxy])
    except Exception as error:
        out.append(f"{type(error).__name__}: {error}")


def numbers_of_child(counter, out):
    out.append(list(counter.child().numbers()))


def count_of_child(counter, out):
    out.append(counter.child().up(0))


def hold_and_sleep(name, address, key, how_many, said):
    """Make objects, say so, and wait to be killed."""
    manager = connect(name, address, key)
    held = [manager.list([n]) for n in range(how_many)]
    said.send(len(held))
    signal.pause()


def add_under_lock(lock, namespace, times):
    for _ in range(times):
        with lock:
            namespace.count += 1


def get_and_append(queue, value):
    queue.get(timeout=30).append(value)


def get_and_append_simple(queue, value):
    queue.get().append(value)


def double(x):
    return 2 * x


def append_and_count(proxy):
    proxy.append(os.getpid())
    return len(proxy)


def serve(name, address, key, said):
    """Run a server in this process until it is told to stop."""
    server = manager_class(name)(address, authkey=key).get_server()
    said.send(server.address)
    server.serve_forever()


def wait_for_event(event, said):
    said.send("waiting")
    try:
        event.wait(60)
    except (EOFError, OSError):
        said.send("released")


HELD = []


def hold_until_told(name, address, key, conn):
    manager = connect(name, address, key)
    HELD.extend(manager.list() for _ in range(3))
    conn.send("ready")
    assert conn.recv() == "end"


def make_a_list(manager, shared):
    shared.append(manager.list([1, 2])[:])


def until(condition, timeout=30.0):
    """Return once `condition()` holds; what is asynchronous takes time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
