"""CPython's own tests of managers and proxies, bound to minimp.

As in test_cpython_suite: its test classes are subclassed at run time, and
nothing is copied. Those of the `manager` kind get a manager for each test, and
afterwards that manager holds nothing any more. Each test has to make a proxy of
minimp or call `dispatch`; none may make a proxy, a server or a connection of
CPython's, but for those that MEETS_CPYTHON names. None is expected to fail.

Left unbound: SharedMemoryManager in _TestSharedMemory, which minimp does not
have, and what NOT_OURS names. Of Value and Array there is no `manager` kind.
"""

import gc
import multiprocessing
import multiprocessing.connection
import multiprocessing.dummy
import multiprocessing.managers
import operator
import time
import types
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS, TIMEOUT

import minimp
import minimp.managers

AREA = "managers and proxies"  # in the scoreboard
OF_MANAGERS = """
    _TestContainers _TestMyManager _TestRemoteManager _TestManagerRestart
    _TestQueue _TestLock _TestSemaphore _TestCondition _TestEvent _TestBarrier
    _TestPool
""".split()
# They start their managers themselves; the second is there since 3.13.
PLAIN = "TestSyncManagerTypes TestManagerExceptions TestInitializers".split()

# They wait for seconds, and prove little by it.
SLOW = "test_map_no_failfast test_wait_result test_default_timeout test_timeout".split()

SKIPS_ITSELF = "skips itself where it is a manager's"

# The test -> why it never meets a manager, though its class is of that kind.
NOT_OURS = {
    "_TestQueue.test_closed_queue_empty_exceptions": "queues that are no manager's",
    "_TestQueue.test_closed_queue_put_get_exceptions": "queues that are no manager's",
    "_TestQueue.test_no_import_lock_contention": "a queue that is no manager's",
    "_TestQueue.test_timeout": "a queue that is no manager's",
    "_TestQueue.test_queue_feeder_donot_stop_onexc": SKIPS_ITSELF,
    "_TestQueue.test_queue_feeder_on_queue_feeder_error": SKIPS_ITSELF,
    "_TestSemaphore.test_timeout": SKIPS_ITSELF,
    "_TestBarrier.test_thousand": SKIPS_ITSELF,
    "_TestPool.test_enter": SKIPS_ITSELF,
    "_TestPool.test_resource_warning": SKIPS_ITSELF,
    "_TestPool.test_map_handle_iterable_exception": SKIPS_ITSELF,
    "_TestPool.test_imap_handle_iterable_exception": SKIPS_ITSELF,
    "_TestPool.test_imap_unordered_handle_iterable_exception": SKIPS_ITSELF,
}
# A pool in this process talks to its workers over pipes.
MEETS_CPYTHON = frozenset({"TestInitializers.test_pool_initializer"})

# A list that holds a proxy of itself: references in a circle never end.
LEFT_OVER = {"test_list_proxy_in_list": 1}

TYPES = """
    Queue JoinableQueue Lock RLock Semaphore BoundedSemaphore Condition Event
    Barrier Value Array list dict Namespace
""".split()


class MyManager(minimp.BaseManager):
    pass


class IteratorProxy(minimp.BaseProxy):
    _exposed_ = ("__next__",)

    def __iter__(self):
        return self

    def __next__(self):
        return self._callmethod("__next__")


MyManager.register("Foo", callable=suite.FooBar)
MyManager.register("Bar", callable=suite.FooBar, exposed=("f", "_h"))
MyManager.register("baz", callable=suite.baz, proxytype=IteratorProxy)


class QueueManager(minimp.BaseManager):
    pass


class QueueManager2(minimp.BaseManager):
    pass


QueueManager.register("get_queue", callable=suite.get_queue)
QueueManager2.register("get_queue")


def redirect():
    return [
        mock.patch.multiple(
            suite,
            multiprocessing=binding.Redirected(
                managers=minimp.managers, Manager=minimp.Manager
            ),
            MyManager=MyManager,
            QueueManager=QueueManager,
            QueueManager2=QueueManager2,
            RemoteError=minimp.RemoteError,
            SERIALIZER="pickle",
        )
    ]


class Managers(binding.Bound):
    ours = [(minimp.BaseProxy,), (minimp.managers, "dispatch")]
    theirs = [
        (multiprocessing.managers.BaseProxy,),
        (multiprocessing.managers.Server,),
        (multiprocessing.connection.Connection,),
    ]
    meets_cpython = MEETS_CPYTHON
    redirect = staticmethod(redirect)

    manager_class = minimp.SyncManager

    def tearDown(self):
        super().tearDown()
        # Where CPython's tests keep them, for as long as there are tests.
        for name in ("mgr", "ns"):
            vars(self).pop(name, None)


class WithManager(Managers):
    """What CPython's ManagerMixin is, with a manager of minimp."""

    TYPE = "manager"
    Process = multiprocessing.Process

    @classmethod
    def Pool(cls, *args, **kwds):
        return cls.manager.Pool(*args, **kwds)

    def prepare(self):
        # It may take its time on a loaded machine.
        type(self).manager = minimp.SyncManager(shutdown_timeout=TIMEOUT)
        self.manager.start()
        self.addCleanup(self._end_manager)
        if self.upstream == "_TestPool":
            type(self).pool = self.Pool(4)
        if self.upstream == "_TestRemoteManager":
            # What the test takes for impossible to send, pickle can.
            unpicklable = types.SimpleNamespace(sleep=lambda seconds: None)
            self.enterContext(mock.patch.object(suite, "time", unpicklable))

    def _end_manager(self):
        type(self).pool = None
        manager, type(self).manager = self.manager, None
        deadline = time.monotonic() + TIMEOUT
        gc.collect()
        expected = LEFT_OVER.get(self._testMethodName, 0)
        while manager._number_of_objects() != expected:
            self.assertLess(time.monotonic(), deadline, manager._debug_info())
            time.sleep(0.01)
        manager.shutdown()
        self.assertEqual(manager._process.exitcode, 0)

    @classmethod
    def setUpClass(cls):
        """CPython's would start a manager that all tests share."""

    tearDownClass = setUpClass


for _name in TYPES:
    setattr(WithManager, _name, property(operator.attrgetter(f"manager.{_name}")))


def bind(name, method, **body):
    """Return the class `name` of CPython's tests, bound under a start method."""
    if name == "_TestRemoteManager":
        # The wire is pickle's, and brings a tuple back as it is.
        body["result"] = tuple(suite._TestRemoteManager.values)
    return binding.bind(
        getattr(suite, name),
        (WithManager if name in OF_MANAGERS else Managers,),
        method,
        slow=SLOW,
        without=NOT_OURS,
        __module__=__name__,  # where a spawned child finds it again
        **body,
    )


CLASSES = [
    bind(name, method)
    for method in START_METHODS
    for name in OF_MANAGERS + PLAIN
    if hasattr(suite, name)
]
globals().update({cls.__name__: cls for cls in CLASSES})


class ThreadTestManagerRestart(
    bind("_TestManagerRestart", "fork", Process=multiprocessing.dummy.Process)
):
    """The `threads` kind: manager and client share a process."""


if binding.in_spawned_child():
    for _patch in redirect():
        _patch.start()


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES, NOT_OURS)
