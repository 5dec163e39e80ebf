"""Managers and proxies: one body, both implementations.

What 3.14 has added is there in minimp on every Python; those tests run against
the standard library where it has it too.
"""

import collections.abc
import copy
import gc
import multiprocessing
import os
import pickle
import queue
import re
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import manager_workers as workers
import pytest
from support import TIMEOUT, finish, outcome

SINCE_314 = sys.version_info >= (3, 14)


@pytest.fixture(params=["cpython", "minimp"])
def name(request):
    return request.param


@pytest.fixture
def managers(name):
    return workers.load(name)


@pytest.fixture(params=["cpython", "minimp"])
def newer(request):
    """The implementations that have what is new in 3.14."""
    if request.param == "cpython" and not SINCE_314:
        pytest.skip("CPython has it since 3.14")
    return request.param


def start(name, **kwargs):
    ctx = multiprocessing.get_context("fork")
    manager = workers.manager_class(name)(ctx=ctx, shutdown_timeout=TIMEOUT, **kwargs)
    manager.start()
    return manager


@pytest.fixture
def manager(name):
    with start(name) as manager:
        yield manager


@pytest.fixture
def newer_manager(newer):
    with start(newer) as manager:
        yield manager


# --- BaseManager: register ------------------------------------------------------


def test_register_leaves_the_base_class_alone(managers):
    class Mine(managers.BaseManager):
        pass

    Mine.register("thing", list)
    assert list(Mine._registry) == ["thing"]
    assert managers.BaseManager._registry == {}
    assert not hasattr(managers.BaseManager, "thing")
    assert Mine.thing.__name__ == "thing"


def test_register_without_a_method(managers):
    class Mine(managers.BaseManager):
        pass

    Mine.register("thing", list, create_method=False)
    assert "thing" in Mine._registry
    assert not hasattr(Mine, "thing")


def test_register_takes_names_only(managers):
    class Mine(managers.BaseManager):
        pass

    failed = AssertionError, "1 is not a string"
    assert outcome(Mine.register, "a", method_to_typeid={1: "b"}) == failed
    assert outcome(Mine.register, "a", method_to_typeid={"b": 1}) == failed


def test_registered_callable_gets_the_arguments(manager):
    assert manager.Counter(start=3).up(4, twice=True) == 11


def test_exposed_is_what_is_public_or_what_is_told(manager):
    counter, hidden = manager.Counter(), manager.Hidden()
    assert set(counter._exposed_) == {
        *("up", "fail", "numbers", "child", "unpicklable", "give")
    }
    assert hidden._exposed_ == ("_hidden", "up")
    assert hidden._hidden() == "hidden"


def test_initializer_runs_in_the_server(name, tmp_path):
    ctx = multiprocessing.get_context("fork")
    manager = workers.manager_class(name)(ctx=ctx)
    manager.start(workers.initialize, (tmp_path / "file", "first"))
    manager.shutdown()
    assert (tmp_path / "file").read_text() == "first"


def test_initializer_is_callable(managers):
    failed = TypeError, "initializer must be a callable"
    assert outcome(managers.SyncManager().start, 1) == failed


def test_proxytype_may_be_a_function(name, managers):
    """It is called as CPython calls it, and may make what it likes."""
    made = []

    def make(token, serializer, manager, authkey, exposed):
        made.append((serializer, bytes(authkey), exposed))
        return managers.BaseProxy(token, serializer, manager, authkey, exposed)

    def forget(token, serializer, manager, authkey, exposed):
        return token.typeid

    class Mine(managers.SyncManager):
        pass

    Mine.register("made", workers.Counter, make, exposed=("up",))
    Mine.register("forgotten", workers.Counter, forget, exposed=("up",))
    with Mine(authkey=b"key", ctx=multiprocessing.get_context("fork")) as manager:
        proxy = manager.made()
        assert made == [("pickle", b"key", ("up",))]
        assert proxy._callmethod("up") == 1
        assert "refcount=1\n" in manager._debug_info()
        assert manager.forgotten() == "forgotten"
        assert manager._number_of_objects() == 1
        del proxy
        assert manager._number_of_objects() == 0


def test_proxytype_without_the_newest_parameter(name, managers):
    """`manager_owned` is for a proxy that comes home, and for no other."""

    class Old(managers.BaseProxy):
        def __init__(self, token, serializer, manager=None, authkey=None, **kwds):
            assert set(kwds) <= {"exposed", "incref"}
            super().__init__(token, serializer, manager, authkey, **kwds)

    class Mine(managers.SyncManager):
        pass

    workers.Old, Old.__module__, Old.__qualname__ = Old, "manager_workers", "Old"
    Mine.register("old", workers.Counter, Old, exposed=("up",))
    with start(name) as other, Mine(ctx=multiprocessing.get_context("fork")) as mine:
        shared = other.list([mine.old()])
        assert shared[0]._callmethod("up") == 1


def test_registered_result_type_that_does_not_travel(name, managers):
    """The proxy does all the same."""

    class Local(managers.BaseProxy):
        _exposed_ = ("__next__",)

    class Mine(managers.SyncManager):
        pass

    Mine.register("Local", proxytype=Local, create_method=False)
    kinds = {"numbers": "Local"}
    Mine.register("counter", workers.Counter, method_to_typeid=kinds)
    with Mine(ctx=multiprocessing.get_context("fork")) as manager:
        counter = manager.counter(3)
        assert pickle.loads(pickle.dumps(counter)).up() == 4


def test_autoproxy_by_position(manager, managers):
    counter = manager.Counter()
    token, key = counter._token, manager._authkey
    proxy = managers.AutoProxy(token, "pickle", None, key, ("up",), True)
    assert proxy._exposed_ == ("up",)
    assert proxy.up() == 1


def test_token_is_a_value(managers, name):
    token = managers.Token("list", "address", "1")
    assert repr(token) == "Token(typeid='list', address='address', id='1')"
    assert (token.typeid, token.address, token.id) == ("list", "address", "1")
    if name == "minimp":
        assert token == managers.Token("list", "address", "1")
        with pytest.raises(AttributeError):
            token.address = "elsewhere"
    else:
        token.address = "elsewhere"


def test_token_has_one_type(manager, managers):
    """However the proxy came here."""
    proxy = manager.list()
    copied = pickle.loads(pickle.dumps(proxy))
    assert type(copied._token) is type(proxy._token) is managers.Token


def test_connect_of_a_proxy(manager):
    assert manager.list()._connect() is None


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_connected_manager_goes_to_a_child(name, manager, method):
    cls = workers.manager_class(name)
    client = cls(manager.address, manager._authkey)
    client.connect()
    shared = client.list()
    ctx = multiprocessing.get_context(method)
    process = ctx.Process(target=workers.make_a_list, args=(client, shared))
    process.start()
    finish(process)
    assert shared[:] == [[1, 2]]


@pytest.mark.parametrize("kind", ["BaseManager", "Server"])
def test_only_pickles_are_spoken(kind):
    make = getattr(workers.load("minimp"), kind)
    args = ({}, None, b"key") if kind == "Server" else (None, b"key")
    refused = ValueError, "serializer 'xmlrpclib': only 'pickle' is"
    assert outcome(make, *args, "xmlrpclib") == refused


# --- BaseManager: states ----------------------------------------------------------

STARTED = multiprocessing.ProcessError, "Already started server"
SHUT = multiprocessing.ProcessError, "Manager has shut down"


def test_initial_state(managers):
    manager = managers.SyncManager(address="nowhere")
    assert manager.address == "nowhere"
    assert outcome(manager.list) == (AssertionError, "server not yet started")
    failed = AttributeError, "'SyncManager' object has no attribute 'shutdown'"
    assert outcome(lambda: manager.shutdown()) == failed


def test_started_state(manager):
    assert outcome(manager.start) == STARTED
    assert outcome(manager.get_server) == STARTED
    assert manager.__enter__() is manager
    assert isinstance(manager.address, str) and os.path.exists(manager.address)


def test_shut_down_state(name):
    manager = start(name)
    manager.shutdown()
    assert outcome(manager.start) == SHUT
    assert outcome(manager.get_server) == SHUT
    assert outcome(manager.__enter__) == SHUT
    assert outcome(manager.list) == (AssertionError, "server not yet started")
    assert manager._process.exitcode == 0
    assert manager.shutdown() is None  # a second time does no harm
    manager.join()
    assert manager._process is None


def test_unknown_family_of_address(managers):
    failed = outcome(managers.SyncManager(address=5).get_server)
    assert failed == (TypeError, "address type of 5 unrecognized")


def test_authkey_is_bytes(managers):
    failed = TypeError, "string argument without an encoding"
    assert outcome(managers.BaseManager, authkey="key") == failed
    text = "Authkey 'key' is type <class 'str'>, not bytes"
    assert outcome(managers.Server, {}, None, "key", "pickle") == (TypeError, text)


def test_context_manager_starts_and_shuts_down(name):
    ctx = multiprocessing.get_context("fork")
    with workers.manager_class(name)(ctx=ctx) as manager:
        process = manager._process
        assert manager.list([1])[:] == [1]
        assert re.fullmatch(rf"{type(manager).__name__}-\d+", process.name)
    assert process.exitcode == 0
    assert manager._state.value == 2


def test_join_waits_no_longer_than_told(manager):
    manager.join(0.01)
    assert manager._process.is_alive()


def test_connect_to_nobody(managers, tmp_path):
    manager = managers.SyncManager(str(tmp_path / "no"), authkey=b"k")
    assert outcome(manager.connect)[0] is FileNotFoundError
    manager = managers.SyncManager(("127.0.0.1", 1), authkey=b"k")
    assert outcome(manager.connect)[0] is ConnectionRefusedError


def test_connect_with_the_wrong_key(name, manager):
    other = workers.manager_class(name)(manager.address, authkey=b"wrong")
    kind, _ = outcome(other.connect)
    assert issubclass(kind, (multiprocessing.AuthenticationError, OSError, EOFError))
    assert manager.list([1])[:] == [1]


@pytest.mark.parametrize("address", [None, ("127.0.0.1", 0)], ids=["unix", "tcp"])
def test_get_server_serves_in_this_process(name, address):
    ctx = multiprocessing.get_context("fork")
    reader, writer = ctx.Pipe(duplex=False)
    with reader, writer:
        args = name, address, b"key", writer
        process = ctx.Process(target=workers.serve, args=args)
        process.start()
        assert reader.poll(TIMEOUT)
        manager = workers.connect(name, reader.recv(), b"key")
    assert manager.dict(a=1).copy() == {"a": 1}
    with workers.load(name).connection.Client(
        manager.address, authkey=b"key"
    ) as client:
        assert workers.load(name).dispatch(client, None, "shutdown") is None
    finish(process)


def test_debug_info_and_number_of_objects(manager):
    assert (manager._number_of_objects(), manager._debug_info()) == (0, "")
    held = manager.list(range(100))
    ident = held._token.id
    assert manager._number_of_objects() == 1
    text = f"  {ident}:       refcount=1\n    {str(list(range(100)))[:75]}"
    assert manager._debug_info() == text
    second = copy.copy(held)
    assert "refcount=2" in manager._debug_info()
    del held, second
    workers.until(lambda: manager._number_of_objects() == 0)


# --- BaseProxy --------------------------------------------------------------------


def test_repr_tells_the_type_and_str_the_value(manager):
    proxy = manager.list([1])
    expected = r"<ListProxy object, typeid 'list' at 0x[0-9a-f]+>"
    assert re.fullmatch(expected, repr(proxy))
    assert f"{id(proxy):#x}" in repr(proxy)
    assert str(proxy) == "[1]"
    assert type(manager.Counter()).__name__ == "AutoProxy[Counter]"
    assert str(manager.Counter()) == "Counter(0)"


def test_str_of_a_proxy_whose_manager_is_gone(name):
    manager = start(name)
    proxy = manager.list()
    manager.shutdown()
    assert str(proxy) == repr(proxy)[:-1] + "; '__str__()' failed>"


def test_repr_of_a_token(managers):
    token = managers.Token("list", ("host", 1), "7f")
    text = "Token(typeid='list', address=('host', 1), id='7f')"
    assert repr(token) == text
    again = pickle.loads(pickle.dumps(token))
    assert (again.typeid, again.address, again.id) == ("list", ("host", 1), "7f")


def test_getvalue_and_deepcopy_give_a_copy(manager):
    proxy = manager.dict(a=[1])
    assert proxy._getvalue() == copy.deepcopy(proxy) == {"a": [1]}
    assert type(copy.deepcopy(proxy)) is dict


def test_pickled_proxy_is_one_more(manager):
    proxy = manager.list([1])
    again = pickle.loads(pickle.dumps(proxy))
    again.append(2)
    assert proxy[:] == [1, 2]
    assert again._token.id == proxy._token.id
    assert type(again) is type(proxy)
    assert manager._number_of_objects() == 1


def test_pickled_auto_proxy(manager):
    counter = manager.Counter(5)
    again = pickle.loads(pickle.dumps(counter))
    assert again.up() == 6
    assert type(again).__name__ == "AutoProxy[Counter]"
    assert set(again._exposed_) == set(counter._exposed_)


def test_proxies_are_equal_by_identity(manager):
    proxy = manager.list([1])
    assert proxy != [1]
    assert proxy != copy.copy(proxy)
    assert not manager.list()  # by __len__
    assert {proxy: 1}[proxy] == 1


def test_make_proxy_type(managers):
    made = managers.MakeProxyType("Thing", ["f", "g"])
    assert (made.__name__, made.__bases__) == ("Thing", (managers.BaseProxy,))
    assert made._exposed_ == ("f", "g")
    assert made.f.__name__ == "f"
    assert managers.MakeProxyType("Thing", ("f", "g")) is made
    assert managers.MakeProxyType("Thing", ("f",)) is not made


def test_auto_proxy_asks_what_is_exposed(managers, manager):
    token = manager.Hidden(1)._token
    held = manager.Hidden(2)
    proxy = managers.AutoProxy(held._token, "pickle", authkey=manager._authkey)
    assert set(proxy._exposed_) == {"_hidden", "up"}
    assert proxy.up() == 3
    assert token.typeid == "Hidden"


def test_methods_that_return_proxies(manager):
    counter = manager.Counter(3)
    child = counter.child()
    assert type(child).__name__ == "AutoProxy[Child]"
    assert child.up() == 5
    assert child.child().up() == 7
    numbers = counter.numbers()
    assert type(numbers).__name__ == "IteratorProxy"
    assert list(numbers) == [0, 1, 2]
    assert list(numbers) == []


def test_closed_and_hidden_methods(managers, manager):
    kind, text = outcome(manager.Counter()._callmethod, "_hidden")
    assert kind is managers.RemoteError
    assert "is not in exposed=" in text


def test_object_that_is_gone(managers, manager):
    held = manager.list()
    token = held._token
    del held
    workers.until(lambda: manager._number_of_objects() == 0)
    kwds = {"authkey": manager._authkey}
    kind, text = outcome(managers.ListProxy, token, "pickle", **kwds)
    assert kind is managers.RemoteError
    assert "KeyError" in text and token.id in text


def test_result_that_cannot_be_sent(managers, manager):
    kind, text = outcome(manager.Counter().unpicklable)
    assert kind is managers.RemoteError
    assert text.startswith(f"\n{'-' * 75}\nUnserializable message: Traceback (most")
    assert text.endswith("cannot pickle '_thread.lock' object\n\n" + "-" * 75)


def test_argument_that_cannot_be_sent(manager):
    proxy = manager.list()
    kind, text = outcome(proxy.append, threading.Lock())
    assert (kind, text) == (TypeError, "cannot pickle '_thread.lock' object")
    proxy.append(1)
    assert proxy[:] == [1]


def test_errors_of_methods(manager):
    counter = manager.Counter()
    for error, args in (ValueError, ("a", 1)), (KeyError, ("k",)), (OSError, (5, "x")):
        with pytest.raises(error) as caught:
            counter.fail(error, *args)
        assert caught.value.args == args
        assert type(caught.value) is error


def test_errors_of_constructors(managers, manager):
    kind, text = outcome(manager.list, 5)
    assert kind is managers.RemoteError
    assert text.startswith(f"\n{'-' * 75}\nTraceback (most recent call last):\n")
    assert text.endswith("TypeError: 'int' object is not iterable\n" + "-" * 75)


def test_convert_to_error(managers):
    def text(kind, result):
        error = managers.convert_to_error(kind, result)
        return type(error).__name__, str(error)

    error = KeyError(1)
    line = "\n" + "-" * 75 + "\n"
    assert managers.convert_to_error("#ERROR", error) is error
    assert text("#TRACEBACK", "x\n") == ("RemoteError", f"{line}x\n{'-' * 75}")
    assert text("#UNSERIALIZABLE", "x") == (
        "RemoteError",
        f"{line}Unserializable message: x\n{'-' * 75}",
    )
    assert text("#WHAT", 1) == ("ValueError", "Unrecognized message type '#WHAT'")
    assert outcome(managers.convert_to_error, "#TRACEBACK", 5) == (
        TypeError,
        "Result 5 (kind '#TRACEBACK') type is <class 'int'>, not str",
    )


# --- containers -------------------------------------------------------------------

ON_A_LIST = [
    lambda x: x.append(7),
    lambda x: x.extend((8, 9)),
    lambda x: x.insert(0, 5),
    lambda x: (x.pop(), x.pop(0)),
    lambda x: x.pop(99),
    lambda x: x.remove(2),
    lambda x: x.remove(99),
    lambda x: x.index(3),
    lambda x: x.index(99),
    lambda x: x.count(1),
    lambda x: x.reverse(),
    lambda x: x.sort(reverse=True),
    lambda x: (x[0], x[-1], x[1:], x[::2]),
    lambda x: x[99],
    lambda x: x["a"],
    lambda x: x.__setitem__(0, 9),
    lambda x: x.__setitem__(slice(0, 2), [9]),
    lambda x: x.__delitem__(0),
    lambda x: (2 in x, 99 in x, len(x)),
    lambda x: x + [4],
    lambda x: x * 2,
    lambda x: 2 * x,
    lambda x: [*x],
    lambda x: x.append(),
]
ON_A_DICT = [
    lambda x: x["a"],
    lambda x: x["z"],
    lambda x: x.__setitem__("b", 5),
    lambda x: x.__delitem__("a"),
    lambda x: x.__delitem__("z"),
    lambda x: ("a" in x, "z" in x, len(x)),
    lambda x: (x.get("a"), x.get("z"), x.get("z", 3)),
    lambda x: x.setdefault("c", []),
    lambda x: (x.pop("a"), x.pop("z", 4)),
    lambda x: x.pop("z"),
    lambda x: x.popitem(),
    lambda x: x.update({"d": 1}, e=2),
    lambda x: x.clear(),
    lambda x: x.copy(),
    lambda x: (list(x.keys()), list(x.values()), list(x.items())),
    lambda x: [*x],
    lambda x: x[[]],
]


@pytest.mark.parametrize("operation", range(len(ON_A_LIST)))
def test_list_proxy_does_what_a_list_does(manager, operation):
    check_operation(ON_A_LIST[operation], [3, 1, 2], manager.list([3, 1, 2]))


@pytest.mark.parametrize("operation", range(len(ON_A_DICT)))
def test_dict_proxy_does_what_a_dict_does(manager, operation):
    plain = {"a": 1, "b": [2]}
    check_operation(ON_A_DICT[operation], plain, manager.dict(plain))


def check_operation(operation, plain, proxy):
    """Check that proxy and plain object give the same, and end the same."""
    assert outcome(operation, proxy) == outcome(operation, plain)
    assert proxy._getvalue() == plain


def test_in_place_operations_return_the_proxy(manager):
    proxy = same = manager.list([1])
    proxy += [2]
    proxy *= 2
    assert proxy is same
    assert proxy[:] == [1, 2, 1, 2]


def test_reversed_list(manager):
    assert list(reversed(manager.list([1, 2]))) == [2, 1]


NEW_ON_A_LIST = [lambda x: x.clear(), lambda x: x.copy()]
NEW_ON_A_DICT = [
    lambda x: x | {"c": 3},
    lambda x: {"c": 3} | x,
    lambda x: x.__ior__({"c": 3})["c"],
    lambda x: list(reversed(x)),
    lambda x: x.fromkeys(["a"], 1),
]
NEW_ON_A_SET = [
    lambda x: x.add(5),
    lambda x: x.remove(1),
    lambda x: x.remove(9),
    lambda x: x.discard(9),
    lambda x: x.clear(),
    lambda x: x.copy(),
    lambda x: (1 in x, 9 in x, len(x)),
    lambda x: sorted(x),
    lambda x: x.update({7}, {8}),
    lambda x: x.union({7}),
    lambda x: x.intersection({1}),
    lambda x: x.intersection_update({1}),
    lambda x: x.difference({1}),
    lambda x: x.difference_update({1}),
    lambda x: x.symmetric_difference({1, 9}),
    lambda x: x.symmetric_difference_update({1, 9}),
    lambda x: (x.isdisjoint({9}), x.issubset({1, 2, 3}), x.issuperset({1})),
    lambda x: (x | {9}, x & {1}, x - {1}, x ^ {1, 9}),
    lambda x: ({9} | x, {1, 9} & x, {1, 9} - x, {1, 9} ^ x),
    lambda x: (x <= {1, 2}, x < {1, 2, 3}, x >= {1}, x > {1, 2}),
    lambda x: sorted(x.__ior__({9})),
    lambda x: sorted(x.__iand__({1})),
    lambda x: sorted(x.__isub__({1})),
    lambda x: sorted(x.__ixor__({1, 9})),
]


@pytest.mark.parametrize("operation", range(len(NEW_ON_A_LIST)))
def test_list_since_3_14(newer_manager, operation):
    check_operation(NEW_ON_A_LIST[operation], [1], newer_manager.list([1]))


@pytest.mark.parametrize("operation", range(len(NEW_ON_A_DICT)))
def test_dict_since_3_14(newer_manager, operation):
    proxy = newer_manager.dict(a=1, b=2)
    check_operation(NEW_ON_A_DICT[operation], {"a": 1, "b": 2}, proxy)


@pytest.mark.parametrize("operation", range(len(NEW_ON_A_SET)))
def test_set_since_3_14(newer_manager, operation):
    check_operation(NEW_ON_A_SET[operation], {1, 2}, newer_manager.set({1, 2}))


def test_in_place_operation_that_is_not_defined():
    """CPython 3.14 lets it pass, and the set stays what it was."""
    with start("minimp") as manager:
        shared = manager.set({1})
        with pytest.raises(TypeError, match="unsupported operand"):
            shared |= [2]
        assert shared.copy() == {1}


def test_abstract_classes_since_3_14(newer_manager):
    assert isinstance(newer_manager.list(), collections.abc.MutableSequence)
    assert isinstance(newer_manager.dict(), collections.abc.MutableMapping)


def test_locked_since_3_14(newer_manager):
    lock = newer_manager.Lock()
    assert lock.locked() is False
    with lock:
        assert lock.locked() is True


def test_subscripted_classes(managers):
    assert repr(managers.ValueProxy[int]).endswith("ValueProxy[int]")


@pytest.fixture
def no_collector():
    gc.disable()
    yield
    gc.enable()


def test_exception_ends_with_its_handler(no_collector):
    """No cycle keeps it, and with it what its frames hold.

    Older versions of CPython leave one.
    """
    with start("minimp") as manager:
        held = manager.Queue()
        try:
            held.get_nowait()
        except queue.Empty as error:
            ended = weakref.ref(error)
        assert ended() is None


# --- the other types --------------------------------------------------------------


def test_namespace(manager):
    n = manager.Namespace(x=1, _hidden=2)
    n.y = [3]
    assert (n.x, n.y) == (1, [3])
    del n.x
    assert str(n) == "Namespace(y=[3])"
    failed = AttributeError, "'Namespace' object has no attribute 'x'"
    assert outcome(lambda: n.x) == failed
    n._z = 4  # is the proxy's own
    assert n._z == 4
    assert n._getvalue().__dict__ == {"y": [3], "_hidden": 2}
    del n._z
    assert not hasattr(n, "_z")


def test_value(manager):
    v = manager.Value("i", 5)
    v.value += 1
    assert (v.value, v.get(), str(v)) == (6, 6, "Value('i', 6)")
    v.set("any type")
    assert v.value == "any type"


def test_array(manager):
    a = manager.Array("i", [1, 2, 3])
    a[0] = 9
    assert (a[0], a[:].tolist(), len(a), list(a)) == (9, [9, 2, 3], 3, [9, 2, 3])
    assert str(a) == "array('i', [9, 2, 3])"
    failed = outcome(a.__setitem__, 0, "text")
    assert failed[0] is TypeError


def test_lock(manager):
    lock = manager.Lock()
    assert lock.acquire() is True
    assert lock.acquire(False) is False
    assert lock.acquire(timeout=0.01) is False
    assert lock.release() is None
    assert outcome(lock.release) == (RuntimeError, "release unlocked lock")
    with lock as taken:
        assert taken is True


def test_rlock(manager):
    lock = manager.RLock()
    with lock, lock:
        assert lock.acquire() is True
        lock.release()
    failed = RuntimeError, "cannot release un-acquired lock"
    assert outcome(lock.release) == failed


def in_a_thread(function, *args):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(outcome, function, *args).result(TIMEOUT)


@pytest.mark.parametrize("typeid", ["RLock", "Condition"])
def test_rlock_belongs_to_a_thread(manager, typeid):
    """So each thread has to be one and the same for the server, all the time."""
    lock = getattr(manager, typeid)()
    assert lock.acquire() is True
    assert in_a_thread(lock.acquire, False) == ("returned", False)
    refused = in_a_thread(lock.release)
    assert refused == (RuntimeError, "cannot release un-acquired lock")
    assert lock.acquire(False) is True
    lock.release()
    lock.release()
    assert in_a_thread(lock.acquire, False) == ("returned", True)


@pytest.mark.parametrize("typeid", ["Semaphore", "BoundedSemaphore"])
def test_semaphores(manager, typeid):
    semaphore = getattr(manager, typeid)(2)
    assert [semaphore.acquire(False) for _ in range(3)] == [True, True, False]
    semaphore.release()
    semaphore.release()
    if typeid == "BoundedSemaphore":
        failed = ValueError, "Semaphore released too many times"
        assert outcome(semaphore.release) == failed


def test_condition(manager):
    condition, said = manager.Condition(), []
    waiting = threading.Event()

    def wait():
        with condition:
            waiting.set()
            said.append(condition.wait(TIMEOUT))

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(TIMEOUT)
    with condition:
        condition.notify_all()
    thread.join(TIMEOUT)
    assert said == [True]
    with condition:
        assert condition.wait(0.01) is False
        assert condition.wait_for(lambda: False, 0.01) is False
        assert condition.wait_for(lambda: 5) == 5
        assert condition.notify() is None
    assert outcome(condition.notify)[0] is RuntimeError


def test_event(manager):
    event = manager.Event()
    assert (event.is_set(), event.wait(0.01)) == (False, False)
    event.set()
    assert (event.is_set(), event.wait()) == (True, True)
    event.clear()
    assert event.is_set() is False


def test_barrier(manager):
    barrier = manager.Barrier(1)
    assert (barrier.parties, barrier.n_waiting, barrier.broken) == (1, 0, False)
    assert barrier.wait() == 0
    barrier.abort()
    assert barrier.broken is True
    assert outcome(barrier.wait, 1)[0] is threading.BrokenBarrierError
    barrier.reset()
    assert barrier.broken is False


@pytest.mark.parametrize("typeid", ["Queue", "JoinableQueue"])
def test_queue(manager, typeid):
    q = getattr(manager, typeid)(2)
    q.put(1)
    q.put(2, timeout=1)
    assert (q.qsize(), q.full(), q.empty()) == (2, True, False)
    assert outcome(q.put_nowait, 3) == (queue.Full, "")
    assert (q.get(), q.get(timeout=1)) == (1, 2)
    assert outcome(q.get_nowait) == (queue.Empty, "")
    assert outcome(q.get, True, 0.01) == (queue.Empty, "")
    q.task_done()
    q.task_done()
    assert q.join() is None


def test_pool(manager):
    with manager.Pool(2) as pool:
        assert pool.apply(workers.double, (2,)) == 4
        assert pool.map(workers.double, range(3)) == [0, 2, 4]
        assert list(pool.imap(workers.double, range(3))) == [0, 2, 4]
        result = pool.apply_async(workers.double, (4,))
        assert type(result).__name__ == "AutoProxy[AsyncResult]"
        assert result.get(TIMEOUT) == 8
        assert pool.starmap(pow, [(2, 3)]) == [8]


def test_iterator_proxy(manager):
    it = iter(manager.dict(a=1, b=2))
    assert iter(it) is it
    assert (next(it), next(it)) == ("a", "b")
    assert outcome(next, it) == (StopIteration, "")


def test_nested_proxies(manager):
    outer, inner = manager.list(), manager.dict(a=1)
    outer.append(inner)
    inner["a"] = 2
    assert outer[0]["a"] == 2
    outer[0]["b"] = [3]
    assert inner.copy() == {"a": 2, "b": [3]}
    del inner
    assert outer[0]["a"] == 2  # the server keeps it


def test_mutable_values_are_copies(manager):
    proxy = manager.dict(inner=[])
    proxy["inner"].append(1)
    assert proxy["inner"] == []


def test_manager_at_top_level(name):
    package = {"cpython": multiprocessing}.get(name) or __import__("minimp")
    with package.Manager() as manager:
        assert type(manager).__name__ == "SyncManager"
        assert manager.list([1])[:] == [1]
