"""CPython's own tests of connections, bound to minimp.

As in test_cpython_suite: its classes are subclassed at run time, with minimp's
`connection`, `Pipe` and `wait` in the place of CPython's, under each start
method. Each test has to call something of minimp's, and makes no connection of
CPython's but for those that MEETS_CPYTHON names. None is expected to fail.

Left unbound, since no message of theirs goes over a connection of ours: the
`threads` kind, whose connections are pairs of queues; _TestPollEintr, which
waits for a process; and the tests of processes, pools and finalizers, which have
a pipe only to say that they are done.
"""

import multiprocessing
import multiprocessing.connection
from multiprocessing import resource_sharer
from unittest import mock

import cpython_binding as binding
from cpython_binding import suite
from support import START_METHODS, TIMEOUT

import minimp.connection

AREA = "connections"  # in the scoreboard
OURS = minimp.connection
THEIRS = multiprocessing.connection

OF_PROCESSES = """
    _TestConnection _TestListener _TestListenerClient _TestPoll
    _TestPicklingConnections
""".split()
PLAIN = """
    TestWait TestTimeouts TestIgnoreEINTR TestCloseFds
    TestInvalidFamily TestInvalidHandle OtherTest ChallengeResponseTest
""".split()

# They wait for seconds, and prove little by it.
SLOW = """
    test_boundaries test_issue14725 test_wait_integer test_wait_slow
    test_wait_socket_slow test_wait_timeout test_large_fd_transfer test_strings
    test_timeout test_ignore test_ignore_listener
""".split()

# The receiver fetches the descriptor over a connection of CPython's own.
MEETS_CPYTHON = frozenset({"_TestPicklingConnections"})


def redirect():
    return [
        mock.patch.multiple(
            suite,
            multiprocessing=binding.Redirected(connection=OURS, Pipe=OURS.Pipe),
            wait=OURS.wait,
        ),
        # Where the tests of `wait` import it from, and processes too.
        mock.patch.object(THEIRS, "wait", OURS.wait),
        # The name that tests of 3.11 know.
        mock.patch.object(OURS, "CHALLENGE", OURS._CHALLENGE, create=True),
    ]


class Connections(binding.Bound):
    ours = [(OURS.Connection,), (OURS.Listener,), (OURS, "wait")]
    ours += [(OURS, "deliver_challenge"), (OURS, "answer_challenge")]
    ours += [(OURS, "_create_response")]
    theirs = [(THEIRS.Connection,), (THEIRS.Listener,)]
    meets_cpython = MEETS_CPYTHON
    redirect = staticmethod(redirect)

    connection = OURS
    Pipe = staticmethod(OURS.Pipe)

    def tearDown(self):
        super().tearDown()
        resource_sharer.stop(TIMEOUT)


def bind(name, method):
    """Return the class `name` of CPython's tests, bound under a start method."""
    mixin = (suite.ProcessesMixin,) if name in OF_PROCESSES else ()
    return binding.bind(
        getattr(suite, name),
        (Connections, *mixin),
        method,
        slow=SLOW,
        __module__=__name__,  # where a spawned child finds it again
    )


CLASSES = [
    bind(name, method)
    for method in START_METHODS
    for name in OF_PROCESSES + PLAIN
    if hasattr(suite, name)  # 3.11 has no test of digests
]
globals().update({cls.__name__: cls for cls in CLASSES})

if binding.in_spawned_child():
    for _patch in redirect():
        _patch.start()


def test_every_test_is_bound():
    binding.check_nothing_is_missing(CLASSES)
