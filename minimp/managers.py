"""Objects in a server process, and proxies for them in others.

::

    client                                  server
    proxy.append(7)
      _callmethod('append', (7,))
        send (ident, 'append', (7,), {})  ->  id_to_obj[ident].append(7)
        recv ('#RETURN', None)           <-

A request is ``(ident, methodname, args, kwds)``; where *ident* is None,
the method is one of the server itself, from `Server.public`.  A reply is
``(kind, result)``, with one of the kinds below.  A proxy stands for one
reference; the server drops an object when its last reference is gone.
"""

# CPython: managers

import array
import collections
import collections.abc
import contextlib
import errno
import functools
import itertools
import os
import queue
import signal
import sys
import threading
import time
import traceback
import types
import weakref

from . import connection
from ._borrowed import (
    ExceptionWithTraceback,
    Finalize,
    ForkingPickler,
    ProcessError,
    WireToken,
    get_spawning_popen,
    register,
    register_after_fork,
)
from .pool import Pool
from .process import (
    AuthenticationString,
    Process,
    current_process,
    parent_process,
)

__all__ = ["BaseManager", "SyncManager", "BaseProxy", "Token"]
__all__ += ["RemoteError", "ManagerGoneError"]

# Left out: the log that `multiprocessing.util` can keep of each request
# -- `python -m compare wire` shows them all, from outside.

# Left out: SharedMemoryManager, SharedMemoryServer, HAS_SHMEM -- they give
# out blocks of `multiprocessing.shared_memory`, which is not told here.

# Left out: listener_client -- there is one way to pickle, and so one
# Listener and one Client.
# Left out: ProcessLocalSet, BaseProxy._address_to_local, BaseProxy._mutex,
# BaseProxy._next_serial -- a `_Peer` holds what this process has to do with
# one server.

# The kinds of a reply, and what is its result:
RETURN = "#RETURN"  # what the method returned
PROXY = "#PROXY"  # (exposed, Token) of a new object that it returned
ERROR = "#ERROR"  # the exception that it raised
TRACEBACK = "#TRACEBACK"  # text: the server itself failed
UNSERIALIZABLE = "#UNSERIALIZABLE"  # text: the result cannot be sent


def reduce_array(a):
    """Pickle an array as its bytes.  CPython: managers.reduce_array"""
    return array.array, (a.typecode, a.tobytes())


def rebuild_as_list(obj):
    """Pickle a dict's view as a list.

    CPython: managers.rebuild_as_list
    """
    return list, (list(obj),)


register(array.array, reduce_array)
for _view in ({}.items(), {}.keys(), {}.values()):
    register(type(_view), rebuild_as_list)


class Token(collections.namedtuple("Token", "typeid address id")):
    """Which object: *id*, a str, of the server at *address*, made as
    *typeid*.

    CPython: managers.Token
    """

    # Differs: a tuple, so that nobody changes it in passing
    # (test_token_is_a_value).

    __slots__ = ()

    def __reduce__(self):
        # The wire is CPython's, which knows the class by its own name.
        return WireToken, tuple(self)


# Differs: dispatch(kwds) and BaseProxy._callmethod(kwds) are None, where
# CPython has one dict for all calls (test_default_of_kwds_is_not_shared).


def dispatch(c, id, methodname, args=(), kwds=None):
    """Send one request on connection *c*; return the result, or raise.

    CPython: managers.dispatch
    """
    c.send((id, methodname, args, kwds or {}))
    return _unpack(*c.recv())


def _unpack(kind, result, make_proxy=None):
    """Return the result of a reply, or raise what it stands for."""
    if kind == RETURN:
        return result
    if kind == PROXY and make_proxy is not None:
        return make_proxy(*result)
    try:
        raise convert_to_error(kind, result)
    finally:
        del result  # which holds this frame by its traceback


def convert_to_error(kind, result):
    """Return the exception that a reply stands for.

    CPython: managers.convert_to_error
    """
    if kind == ERROR:
        return result
    if kind not in (TRACEBACK, UNSERIALIZABLE):
        return ValueError(f"Unrecognized message type {kind!r}")
    if not isinstance(result, str):
        raise TypeError(
            f"Result {result!r} (kind '{kind}') type is {type(result)},"
            " not str"
        )
    if kind == UNSERIALIZABLE:
        return RemoteError(f"Unserializable message: {result}\n")
    return RemoteError(result)


class RemoteError(Exception):
    """The server failed; the text of its traceback is the argument.

    CPython: managers.RemoteError
    """

    def __str__(self):
        return "\n" + "-" * 75 + "\n" + str(self.args[0]) + "-" * 75


class ManagerGoneError(ConnectionError, EOFError):
    """Nobody serves at the address any more, however that came about."""


def all_methods(obj):
    """Return the names of the methods of *obj*.

    CPython: managers.all_methods
    """
    return [name for name in dir(obj) if callable(getattr(obj, name))]


def public_methods(obj):
    """Return those that do not begin with an underscore.

    CPython: managers.public_methods
    """
    return [name for name in all_methods(obj) if name[0] != "_"]


# What a typeid stands for, as `BaseManager.register` was told.
Registered = collections.namedtuple(
    "Registered", "callable exposed method_to_typeid proxytype"
)

# An object of the server; *exposed* is a set.
Shared = collections.namedtuple("Shared", "obj exposed method_to_typeid")

# Seconds that a handshake may take, however many others are in one; it
# takes a thousandth of that.
GRACE = 1.0


class Server:
    """Hold objects, and call their methods for whoever knows *authkey*.

    *registry* maps a typeid to what `create` makes of it.

    CPython: managers.Server
    """

    # Differs: each connection has one loop for all requests, where
    # CPython has one for the first and one for the rest
    # (test_one_connection_carries_all_requests).
    # Left out: _handle_request -- it is the loop for the first request.
    # Left out: fallback_getvalue, fallback_str, fallback_repr and
    # fallback_mapping -- FALLBACKS has all of them.

    public = ["shutdown", "create", "accept_connection", "get_methods"]
    public += ["debug_info", "number_of_objects", "dummy"]
    public += ["incref", "decref"]

    def __init__(self, registry, address, authkey, serializer):
        if not isinstance(authkey, bytes):
            raise TypeError(
                f"Authkey {authkey!r} is type {type(authkey)}, not bytes"
            )
        _check_serializer(serializer)
        self.registry = registry  # typeid -> Registered
        self.authkey = AuthenticationString(authkey)
        self.listener = connection.Listener(address, backlog=128)
        self.address = self.listener.address
        self.stop_event = threading.Event()
        # Differs: no two objects ever have the same ident, not even in two
        # servers that follow each other at one address; CPython's is an
        # address of memory (test_idents_are_never_used_again).
        self.name = os.urandom(8).hex()
        self._idents = (f"{self.name}-{n:x}" for n in itertools.count(1))
        self._postponed = queue.SimpleQueue()  # see `do_later`
        self.mutex = threading.Lock()
        # guarded by self.mutex:
        self.id_to_obj = {}  # ident -> Shared
        self.id_to_refcount = collections.Counter()  # of idents
        self._sessions = {}  # session -> Counter of idents
        self._strangers = {}  # connection in a handshake -> since when
        # What proxies of CPython's that live in this process stand for; it
        # is they who put it here, and nobody takes it out:
        self.id_to_local_proxy_obj = {}  # ident -> Shared

    def serve_forever(self):
        """Serve until a client says ``shutdown``, then end the process.

        CPython: managers.Server.serve_forever
        """
        current_process()._manager_server = self
        try:
            connection.start_thread(self.accepter)
            connection.start_thread(self._do_postponed)
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                self.stop_event.wait()
        finally:
            self.stop_event.set()
            self.listener.close()
            self._postponed.put(None)
            sys.exit(0)

    def accepter(self):
        """Accept connections; each gets a thread.

        CPython: managers.Server.accepter
        """
        while not self.stop_event.is_set():
            try:
                conn, _ = self.listener._accept()
                connection.start_thread(self.handle_request, conn)
            except (OSError, RuntimeError):
                # Differs: out of descriptors, or of threads, it waits for
                # others to end; CPython asks again at once, for ever
                # (test_accepting_without_descriptors_does_not_spin).
                self.stop_event.wait(0.1)

    def handle_request(self, conn):
        """Let a client in, and serve it.

        CPython: managers.Server.handle_request
        """
        with conn:
            try:
                self._note_stranger(conn)
                connection.authenticate_client(conn, self.authkey)
            except (connection.AuthenticationError, OSError, EOFError):
                # Differs: CPython sends a stranger its traceback
                # (test_stranger_learns_nothing).
                return
            finally:
                with self.mutex:
                    self._strangers.pop(conn, None)
            conn.session = None  # whose references are made over it
            conn.is_lifeline = False
            try:
                self.serve_client(conn)
            finally:
                if conn.is_lifeline:
                    self._end_session(conn.session)

    def _note_stranger(self, conn):
        """Have *conn* among the strangers; if they are too many, send the
        first away, unless it has come just now."""
        # Differs: CPython keeps those who say nothing, all of them
        # (test_silent_clients_are_few).
        now = time.monotonic()
        with self.mutex:
            self._strangers[conn] = now
            first, came = next(iter(self._strangers.items()))
            too_many = len(self._strangers) > connection.MAX_STRANGERS
            if too_many and now - came > GRACE:
                del self._strangers[first]
                first._hang_up()

    def serve_client(self, conn):
        """Answer requests until the client hangs up.

        CPython: managers.Server.serve_client
        """
        with contextlib.suppress(EOFError, OSError):
            while not self.stop_event.is_set():
                # A reply lives until the next request comes: a proxy in
                # it, for an object that nobody else refers to, keeps it
                # until the client has taken a reference of its own.
                message = conn._recv_in_turn()
                if conn.session and conn.session not in self._sessions:
                    break  # the lifeline has ended, and this is cut off
                reply = self._answer(conn, message)
                if conn.closed:
                    break  # in the middle of a request
                if reply is not None:
                    conn._send_bytes(*_pickled(reply))

    def _answer(self, conn, message):
        """Return the reply to a pickled request; None if it is sent."""
        try:
            ident, methodname, args, kwds = connection.loads(message)
            if ident is not None:
                return self._call(conn, ident, methodname, args, kwds)
            if methodname not in self.public:
                raise AttributeError(
                    f"{methodname!r} is no function of the server;"
                    f" they are {self.public}"
                )
            result = getattr(self, methodname)(conn, *args, **kwds)
            return None if methodname == "shutdown" else (RETURN, result)
        except BaseException:
            return TRACEBACK, traceback.format_exc()

    def _call(self, conn, ident, methodname, args, kwds):
        """Return the reply to a request for a method of an object."""
        shared = self._find(ident)
        if methodname not in shared.exposed:
            return _fall_back(shared, methodname, args, kwds)
        try:
            res = getattr(shared.obj, methodname)(*args, **kwds)
        except Exception as error:
            return _error_reply(error)
        typeid = (shared.method_to_typeid or {}).get(methodname)
        if typeid is None:
            return RETURN, res
        rident, rexposed = self.create(conn, typeid, res)
        return PROXY, (rexposed, Token(typeid, self.address, rident))

    def _find(self, ident):
        """Return the Shared object called *ident*."""
        shared = self.id_to_obj.get(ident)
        shared = shared or self.id_to_local_proxy_obj.get(ident)
        if shared is None:
            raise KeyError(
                f"no object {ident!r} here: its last reference is gone, or"
                " it was made by a server that was here before"
            )
        return shared

    def dummy(self, c):
        """Do nothing, which shows that somebody is there.

        CPython: managers.Server.dummy
        """

    def debug_info(self, c):
        """Return a text with each object and how many refer to it.

        CPython: managers.Server.debug_info
        """
        with self.mutex:
            objects = [
                (ident, count, self.id_to_obj[ident].obj)
                for ident, count in sorted(self.id_to_refcount.items())
            ]
        return "\n".join(
            f"  {ident}:       refcount={count}\n    {str(obj)[:75]}"
            for ident, count, obj in objects
        )

    def number_of_objects(self, c):
        """Return how many objects are referred to.

        CPython: managers.Server.number_of_objects
        """
        return len(self.id_to_refcount)

    def shutdown(self, c):
        """Answer, and let `serve_forever` end.

        CPython: managers.Server.shutdown
        """
        try:
            c.send((RETURN, None))
        finally:
            self.stop_event.set()

    def create(self, c, typeid, /, *args, **kwds):
        """Make an object; return its ident and what it exposes.

        The client that asked has one reference to it.

        CPython: managers.Server.create
        """
        # Differs: an object may take its time to be made; the others do
        # not wait for it (test_slow_constructor_blocks_nobody).
        callable, exposed, method_to_typeid, _ = self.registry[typeid]
        if callable is not None:
            obj = callable(*args, **kwds)
        elif kwds or len(args) != 1:
            raise ValueError(
                "Without callable, must have one non-keyword argument"
            )
        else:
            obj = args[0]
        if exposed is None:
            exposed = public_methods(obj)
        if method_to_typeid is not None:
            exposed = [*exposed, *method_to_typeid]
        ident = next(self._idents)
        shared = Shared(obj, set(exposed), method_to_typeid)
        with self.mutex:
            self._refer(c, ident)
            self.id_to_obj[ident] = shared
        return ident, tuple(exposed)

    def get_methods(self, c, token):
        """Return the names of the methods that may be called.

        CPython: managers.Server.get_methods
        """
        return tuple(self._find(token.id).exposed)

    def accept_connection(self, c, name, session=None, lifeline=False):
        """Name this thread after the client's.

        A client of minimp also tells its *session*, a str of its own: the
        references that it makes are the session's.  They end with the
        *lifeline*, which is the first connection of the session.

        CPython: managers.Server.accept_connection
        """
        threading.current_thread().name = name
        with self.mutex:
            if lifeline:
                self._sessions[session] = collections.Counter()
            elif session is not None and session not in self._sessions:
                raise KeyError(f"session {session!r} is over")
            c.session, c.is_lifeline = session, lifeline

    def _end_session(self, session):
        """Let go of what a client held that has gone."""
        # Differs: CPython keeps what a killed client held
        # (test_killed_client_holds_nothing).
        with self.mutex:
            refs = self._sessions.pop(session)
            dropped = [self._unrefer(None, id) for id in refs.elements()]
        del dropped  # without the mutex, as in `decref`

    def incref(self, c, ident):
        """Add a reference to an object.

        CPython: managers.Server.incref
        """
        with self.mutex:
            shared = self._find(ident)
            self._refer(c, ident)
            self.id_to_obj[ident] = shared

    def _refer(self, c, ident):
        """Count a reference of client *c*.  Caller holds self.mutex."""
        session = getattr(c, "session", None)
        if session is not None:
            self._sessions[session][ident] += 1
        self.id_to_refcount[ident] += 1

    def decref(self, c, ident):
        """Take a reference away, and with the last one the object.

        CPython: managers.Server.decref
        """
        # Differs: one step; CPython lets go of the mutex in the middle
        # (test_decref_is_one_step).
        with self.mutex:
            dropped = self._unrefer(c, ident)
        # Dies here, without the mutex: whatever code that runs, it may
        # come to this server again.
        del dropped

    def _unrefer(self, c, ident):
        """Return the object if that was its last reference, else None.
        Caller holds self.mutex."""
        count = self.id_to_refcount.get(ident)
        if count is None:
            self._find(ident)  # raises, unless it is kept without a count
            return None
        refs = self._sessions.get(getattr(c, "session", None), {})
        if refs.get(ident, 0) > 1:
            refs[ident] -= 1
        else:
            refs.pop(ident, None)
        if count > 1:
            self.id_to_refcount[ident] = count - 1
            return None
        del self.id_to_refcount[ident]
        return self.id_to_obj.pop(ident)

    def do_later(self, function):
        """Have *function* called by another thread.

        For what the collector may want at any moment, even while this
        thread holds the mutex.
        """
        self._postponed.put(function)

    def _do_postponed(self):
        for function in iter(self._postponed.get, None):
            with contextlib.suppress(Exception):
                function()


FALLBACKS = {
    "__str__": str,
    "__repr__": repr,
    "#GETVALUE": lambda obj: obj,
}


def _fall_back(shared, methodname, args, kwds):
    """Return the reply where a method is not exposed, or raise.

    CPython: managers.Server.fallback_mapping
    """
    # Differs: CPython ends with a KeyError of what stands below
    # (test_method_that_is_not_exposed).
    fallback = FALLBACKS.get(methodname)
    if fallback is not None:
        return RETURN, fallback(shared.obj, *args, **kwds)
    raise AttributeError(
        f"method {methodname!r} of {type(shared.obj)!r} object is not in"
        f" exposed={sorted(shared.exposed)}"
    )


def _error_reply(error):
    """Return the reply to a request whose method raised *error*.

    The exception itself, with the traceback as its cause, if it survives
    being pickled; else the text of the traceback.
    """
    # Differs: CPython sends the exception alone, or ends the thread
    # (test_exception_brings_its_traceback).
    travels = ExceptionWithTraceback(error, error.__traceback__)
    with contextlib.suppress(Exception):
        ForkingPickler.loads(b"".join(connection.dumps(travels)))
        return ERROR, travels
    # Without the quotation marks that stand around it, for a cause:
    return TRACEBACK, travels.tb.strip('"\n') + "\n"


def _pickled(reply):
    """Return the pickle of a reply, or of one that says it has none."""
    try:
        return connection.dumps(reply)
    except Exception:
        return connection.dumps((UNSERIALIZABLE, traceback.format_exc()))


def _check_serializer(serializer):
    # Left out: serializer 'xmlrpclib' -- who reads the wire reads pickles.
    if serializer != "pickle":
        raise ValueError(f"serializer {serializer!r}: only 'pickle' is")


class State:
    """How far a manager is.  CPython: managers.State"""

    __slots__ = ["value"]
    INITIAL = 0
    STARTED = 1
    SHUTDOWN = 2


UNREACHABLE = {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH}

# Why a connection cannot be made, whether or not the server is there:
OWN_TROUBLE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
OWN_TROUBLE |= {errno.EACCES, errno.EPERM}

# What the server holds for this process, as long as *lifeline* is open;
# both are None for a server of CPython, which does not know sessions.
_Session = collections.namedtuple("_Session", "name lifeline")


class _Idle(threading.local):
    """The connections of this thread, between two calls.

    There are several if a call made others: when its reply held a proxy,
    or the collector came.  The last is for the outermost call, each time.
    """

    def __init__(self):
        self.conns = []


class _Peer:
    """The server at *address*, as this process sees it.

    Each thread has a connection for its calls, so that all of them are
    made by one thread of the server: an RLock belongs to that.  References
    belong to the session of this process, and to the server a session is
    its lifeline: a connection that carries nothing, and ends when the
    process does.  A server of CPython gets a connection for each request
    to the server itself, as it expects.
    """

    # Differs: CPython has a further connection for each reference that
    # begins or ends (test_proxies_share_connections).

    _all = weakref.WeakValueDictionary()  # (address, authkey) -> _Peer
    _all_mutex = threading.RLock()

    def __init__(self, address, authkey):
        self.address = address
        self.authkey = authkey
        # Held while a session begins, so that only one does.  The collector
        # may run code of ours that needs it a second time.
        self._mutex = threading.RLock()
        self.session = None  # _Session, or None before the first call
        self._granted = set()  # idents; see `proxy_for`
        self._idle = _Idle()

    def __reduce__(self):
        return _Peer.at, (self.address, self.authkey)

    @classmethod
    def at(cls, address, authkey):
        """Return the peer at *address*, the same one each time."""
        with cls._all_mutex:
            peer = cls._all.get((address, authkey))
            if peer is None:
                peer = cls._all[address, authkey] = cls(address, authkey)
            return peer

    @classmethod
    def key_for(cls, address):
        """Return the key that has been used at *address*, or else that of
        this process."""
        # Differs: CPython takes that of the process at once
        # (test_nested_proxy_of_a_manager_with_a_key_of_its_own).
        with cls._all_mutex:
            for known, authkey in list(cls._all):
                if known == address:
                    return authkey
        return current_process().authkey

    def connect(self):
        """See whether somebody is there; raise OSError if not.

        Forget who was there before.
        """
        self.ask_once("dummy")
        session = self.session
        if session and not (session.lifeline and _is_silent(session)):
            self.forget()

    def call(self, ident, methodname, args, kwds):
        """Send a request; return the (kind, result) of the reply.

        Raises ManagerGoneError when nobody is there any more.
        """
        request = connection.dumps((ident, methodname, args, kwds))
        conn = None
        try:
            conn = self._take(ident)
            conn._send_bytes(*request)
            reply = conn._recv_in_turn()
        except BaseException as error:
            # Differs: a reply that is still to come must not be taken for
            # that of the next call, so this connection ends here
            # (test_interrupted_call_does_not_shift_replies).
            if conn is not None:
                conn.close()
            if isinstance(error, (EOFError, OSError)):
                self._raise_if_gone(error, conn)
            raise
        try:
            return connection.loads(reply)
        except (EOFError, OSError) as error:
            if conn.closed:  # in the middle of the reply
                self._raise_if_gone(error, conn)
            raise
        finally:
            # Not before: the server keeps what is in the reply until the
            # next request comes on this connection.
            self._put_back(conn)

    def _take(self, ident):
        """Return the connection of this thread, or a new one."""
        session = self.session or self._open_session()
        if ident is None and session.lifeline is None:
            return self._dial()
        try:
            return self._idle.conns.pop()
        except IndexError:
            conn = self._dial()
        known = () if session.name is None else (session.name,)
        try:
            self._greet(conn, *known)
        except RemoteError:
            self.forget()  # the server has lost our lifeline
            raise
        conn.session = session
        return conn

    def _dial(self):
        conn = connection.Client(self.address, authkey=self.authkey)
        conn.session = None
        return conn

    def _greet(self, conn, *session):
        name = current_process().name
        if threading.current_thread().name != "MainThread":
            name += f"|{threading.current_thread().name}"
        dispatch(conn, None, "accept_connection", (name, *session))

    def _open_session(self):
        """Return the session; there is one afterwards."""
        with self._mutex:
            if self.session is None:
                conn = self._dial()
                session = _Session(os.urandom(16).hex(), conn)
                try:
                    self._greet(conn, session.name, True)
                except RemoteError:  # a server of CPython
                    session = _Session(None, None)
                # The collector may have led this thread here meanwhile.
                if self.session is None:
                    self.session = session
            return self.session

    def _put_back(self, conn):
        if conn.session is self.session and not conn.closed:
            self._idle.conns.append(conn)
        else:
            conn.close()

    def _raise_if_gone(self, error, conn):
        """Raise ManagerGoneError if that is why *error* came about."""
        # Differs: CPython's errors are four, by when it was noticed
        # (test_one_error_however_the_manager_ended).
        session = (conn and conn.session) or self.session
        number = getattr(error, "errno", None)
        if conn is None and number in OWN_TROUBLE:
            return
        if isinstance(error, TimeoutError) and number is None:
            return  # of a handshake's deadline, or a signal's handler
        # A machine that is switched off leaves the lifeline open.
        if number not in UNREACHABLE and self._is_there(session):
            return
        if self.session is session and (conn or number not in UNREACHABLE):
            self.forget()
        text = traceback.format_exception_only(error)[-1].strip()
        raise ManagerGoneError(
            f"the manager at {self.address!r} is gone: {text}"
        ) from error

    def _is_there(self, session):
        if session and session.lifeline:
            return _is_silent(session, 1.0)
        try:
            self._dial().close()
        except (OSError, EOFError, ProcessError):
            return False
        return True

    def forget(self):
        """Give up all connections; the next call makes new ones."""
        # In this order: what stands in _idle belongs to the session.
        session, self._idle, self.session = self.session, _Idle(), None
        if session and session.lifeline:
            session.lifeline.close()

    @classmethod
    def end_sessions(cls):
        """Give up all connections to servers that see that."""
        for peer in list(cls._all.values()):
            if peer.session and peer.session.lifeline:
                peer.forget()

    def ask(self, methodname, /, *args, **kwds):
        """Return what function *methodname* of the server returns."""
        return _unpack(*self.call(None, methodname, args, kwds))

    def ask_once(self, methodname, timeout=None):
        """Do the same, on a connection that is made for it and then closed.

        Raises TimeoutError when *timeout* seconds went by.
        """
        with connection.Client(self.address) as conn:
            if timeout is not None:
                conn._deadline = time.monotonic() + timeout
            connection.authenticate_server(conn, self.authkey)
            return dispatch(conn, None, methodname)

    def proxy_for(self, proxytype, token, **kwds):
        """Return a new proxy, for an object that was made for it.

        The reference that came with the object waits for it in
        *_granted*; if it takes none, that one ends.
        """
        self._granted.add(token.id)
        try:
            return proxytype(token, "pickle", authkey=self.authkey, **kwds)
        finally:
            if token.id in self._granted:
                self._granted.remove(token.id)
                self.ask("decref", token.id)

    def incref(self, ident):
        """Take a reference to an object: the granted one, or a new one."""
        if ident in self._granted:
            self._granted.remove(ident)
        else:
            self.ask("incref", ident)

    def give_back(self, ident, session):
        """End a reference, unless it has ended with its *session*."""
        if session is self.session:
            self.ask("decref", ident)


def _is_silent(session, timeout=0.0):
    """Return whether the lifeline is open after *timeout* seconds."""
    try:
        return not session.lifeline.poll(timeout)
    except OSError:
        return False


def _after_fork_in_child():
    # The connections are the parent's: two who read one stream get each
    # other's replies.  The locks may be held by threads that have not
    # come along.
    _Peer._all_mutex = threading.RLock()
    for peer in list(_Peer._all.values()):
        peer._mutex = threading.RLock()
        peer.forget()
    _end_sessions_at_exit()


def _end_sessions_at_exit(_=None):
    """Have references end with the lifelines, before their proxies do."""
    # Differs: CPython gives each back, as long as that may take
    # (test_exit_asks_nobody).
    Finalize(None, _Peer.end_sessions, exitpriority=11)


_end_sessions_at_exit()
os.register_at_fork(after_in_child=_after_fork_in_child)
# A Process forgets what was to be done at its exit, and does this then.
register_after_fork(_Peer, _end_sessions_at_exit)


class BaseManager:
    """A server process, or a way to one that runs elsewhere.

    *address* is where it listens, by default a new AF_UNIX address;
    *authkey*, bytes, is by default that of this process.

    CPython: managers.BaseManager
    """

    _registry = {}
    _Server = Server

    def __init__(
        self,
        address=None,
        authkey=None,
        serializer="pickle",
        ctx=None,
        *,
        shutdown_timeout=1.0,
    ):
        if authkey is None:
            authkey = current_process().authkey
        _check_serializer(serializer)
        self._address = address
        self._authkey = AuthenticationString(authkey)
        self._state = State()
        self._state.value = State.INITIAL
        self._serializer = serializer
        self._ctx = ctx  # whose Process runs the server
        self._shutdown_timeout = shutdown_timeout
        self._process = None

    def _check_state(self, wanted):
        """Raise ProcessError unless the state is *wanted*."""
        if self._state.value == wanted:
            return
        if self._state.value == State.STARTED:
            raise ProcessError("Already started server")
        if self._state.value == State.SHUTDOWN:
            raise ProcessError("Manager has shut down")
        raise ProcessError("Unable to start server")

    def get_server(self):
        """Return a Server for this process to run.

        CPython: managers.BaseManager.get_server
        """
        self._check_state(State.INITIAL)
        return self._Server(
            self._registry, self._address, self._authkey, self._serializer
        )

    def connect(self):
        """Use the server that listens on the address.

        CPython: managers.BaseManager.connect
        """
        self._peer = _Peer.at(self._address, self._authkey)
        self._peer.connect()
        self._state.value = State.STARTED

    def start(self, initializer=None, initargs=()):
        """Start a process that runs *initializer* and then a server.

        CPython: managers.BaseManager.start
        """
        # Differs: raises what the new process raised when it could not
        # begin to serve (test_start_raises_what_the_server_raised).
        self._check_state(State.INITIAL)
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        reader, writer = connection.Pipe(duplex=False)
        args = (self._registry, self._address)
        args += (self._authkey, self._serializer)
        make = self._ctx.Process if self._ctx else Process
        process = make(
            target=type(self)._run_server,
            args=(*args, writer, initializer, initargs),
        )
        ident = ":".join(str(i) for i in process._identity)
        process.name = f"{type(self).__name__}-{ident}"
        with reader:
            with writer:
                process.start()
            self._address = _address_from(reader, process)
        self._process = process
        self._peer = _Peer.at(self._address, self._authkey)
        self._state.value = State.STARTED
        self.shutdown = Finalize(
            self,
            type(self)._finalize_manager,
            args=(process, self._peer, self._state, self._shutdown_timeout),
            exitpriority=0,
        )

    @classmethod
    def _run_server(
        cls,
        registry,
        address,
        authkey,
        serializer,
        writer,
        initializer=None,
        initargs=(),
    ):
        """Run a server, and say where.

        CPython: managers.BaseManager._run_server
        """
        # Ctrl-C goes to all processes of a terminal; this one is ended by
        # the one that started it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with writer:
            try:
                if initializer is not None:
                    initializer(*initargs)
                server = cls._Server(registry, address, authkey, serializer)
            except Exception as error:
                writer._send_bytes(*_pickled(_error_reply(error)))
                sys.exit(1)
            writer.send((RETURN, server.address))
        connection.start_thread(_end_with_parent, server)
        server.serve_forever()

    def _create(self, typeid, /, *args, **kwds):
        """Have an object made; return its Token and what it exposes.

        CPython: managers.BaseManager._create
        """
        assert self._state.value == State.STARTED, "server not yet started"
        id, exposed = self._peer.ask("create", typeid, *args, **kwds)
        return Token(typeid, self._address, id), exposed

    def join(self, timeout=None):
        """Wait for the process to end, *timeout* seconds at most.

        CPython: managers.BaseManager.join
        """
        if self._process is not None:
            self._process.join(timeout)
            if not self._process.is_alive():
                self._process = None

    def _debug_info(self):
        return self._peer.ask("debug_info")

    def _number_of_objects(self):
        return self._peer.ask("number_of_objects")

    def __enter__(self):
        if self._state.value == State.INITIAL:
            self.start()
        self._check_state(State.STARTED)
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.shutdown()

    @staticmethod
    def _finalize_manager(process, peer, state, shutdown_timeout):
        """End the process: ask, then terminate, then kill.

        CPython: managers.BaseManager._finalize_manager
        """
        # Left out: address, authkey -- the peer has them.
        if process.is_alive():
            with contextlib.suppress(Exception):
                peer.ask_once("shutdown", shutdown_timeout)
            for end in (process.terminate, process.kill):
                process.join(shutdown_timeout)
                if process.is_alive():
                    end()
            process.join()
        state.value = State.SHUTDOWN
        peer.forget()

    @property
    def address(self):
        return self._address

    @classmethod
    def register(
        cls,
        typeid,
        callable=None,
        proxytype=None,
        exposed=None,
        method_to_typeid=None,
        create_method=True,
    ):
        """Let the server make objects by *callable*, and clients get a
        *proxytype* for them, by a method called *typeid*.

        CPython: managers.BaseManager.register
        """
        if "_registry" not in cls.__dict__:
            cls._registry = cls._registry.copy()
        proxytype = proxytype or AutoProxy
        exposed = exposed or getattr(proxytype, "_exposed_", None)
        method_to_typeid = method_to_typeid or getattr(
            proxytype, "_method_to_typeid_", None
        )
        for text in itertools.chain(*(method_to_typeid or {}).items()):
            assert type(text) is str, f"{text!r} is not a string"
        cls._registry[typeid] = Registered(
            callable, exposed, method_to_typeid, proxytype
        )
        if create_method:
            _add_method(cls, typeid, proxytype)


def _end_with_parent(server):
    """Stop *server* when nobody is left who could shut it down."""
    # Differs: killed, the process that started a manager of CPython leaves
    # it behind for ever (test_server_ends_with_its_parent).
    connection.wait([parent_process().sentinel])
    server.stop_event.set()


def _address_from(reader, process):
    """Return the address that a server tells, or raise why it has ended."""
    try:
        return _unpack(*reader.recv())
    except BaseException:
        process.terminate()
        process.join()
        raise


def _add_method(cls, typeid, proxytype):
    """Give manager class *cls* a method *typeid* that makes a proxy."""

    def temp(self, /, *args, **kwds):
        token, exposed = self._create(typeid, *args, **kwds)
        kwds = {"manager": self, "exposed": exposed}
        return self._peer.proxy_for(proxytype, token, **kwds)

    temp.__name__ = typeid
    setattr(cls, typeid, temp)


class BaseProxy:
    """Stands for one reference to the object of *token*.

    CPython: managers.BaseProxy
    """

    _registry = {}  # typeid -> Registered: for what methods return

    def __init__(
        self,
        token,
        serializer,
        manager=None,
        authkey=None,
        exposed=None,
        incref=True,
        manager_owned=False,
    ):
        self._token = token
        self._id = token.id
        self._manager = manager
        self._serializer = serializer
        if authkey is None and manager is not None:
            authkey = manager._authkey
        if authkey is None:
            authkey = _Peer.key_for(token.address)
        self._authkey = AuthenticationString(authkey)
        self._peer = _Peer.at(token.address, self._authkey)
        self._owned_by_manager = manager_owned
        if manager is not None:
            self._registry = manager._registry
        if incref:
            self._incref()
        register_after_fork(self, BaseProxy._after_fork)

    def _connect(self):
        """See whether the manager is there; raise OSError if not.

        CPython: managers.BaseProxy._connect
        """
        self._peer.connect()

    def _callmethod(self, methodname, args=(), kwds=None):
        """Call a method of the referent; return a copy of the result.

        CPython: managers.BaseProxy._callmethod
        """
        return _unpack(
            *self._peer.call(self._id, methodname, args, kwds or {}),
            self._proxy_of_result,
        )

    def _proxy_of_result(self, exposed, token):
        token = Token(token.typeid, self._token.address, token.id)
        proxytype = self._registry[token.typeid].proxytype
        kwds = {"manager": self._manager, "exposed": exposed}
        proxy = self._peer.proxy_for(proxytype, token, **kwds)
        proxy._registry = self._registry
        return proxy

    def _getvalue(self):
        """Return a copy of the referent.

        CPython: managers.BaseProxy._getvalue
        """
        return self._callmethod("#GETVALUE")

    def _incref(self):
        """Take a reference.  CPython: managers.BaseProxy._incref"""
        # Differs: a proxy that lives in the server counts as well; CPython
        # keeps what such a one stands for (test_nested_proxies_are_freed).
        server = _server_of_this_process()
        if not self._owned_by_manager:
            self._peer.incref(self._id)
        elif isinstance(server, Server):
            server.incref(None, self._id)
        else:
            return  # a server of CPython keeps the object for ever
        self._own()

    def _own(self):
        """Give the reference back when this proxy dies."""
        server = _server_of_this_process()
        if self._owned_by_manager:
            drop = functools.partial(server.decref, None, self._id)
        else:
            peer, session = self._peer, self._peer.session
            drop = functools.partial(peer.give_back, self._id, session)
        if isinstance(server, Server):
            drop = functools.partial(server.do_later, drop)
        self._close = Finalize(
            self,
            BaseProxy._decref,
            args=(self._manager and self._manager._state, drop),
            exitpriority=10,
        )

    @staticmethod
    def _decref(state, drop):
        """Give a reference back.  CPython: managers.BaseProxy._decref"""
        # Left out: token, serial, authkey, tls, idset -- *drop* has what it
        # takes.
        if state is None or state.value == State.STARTED:
            # The manager may be gone, and with it what was referred to.
            with contextlib.suppress(Exception):
                drop()

    def _after_fork(self):
        self._manager = None
        self._owned_by_manager = False
        with contextlib.suppress(Exception):
            self._incref()

    def __reduce__(self):
        kwds = {}
        if registry := self._registry_of_results():
            kwds["registry"] = registry
        if get_spawning_popen() is not None:
            kwds["authkey"] = self._authkey
        return RebuildProxy, (type(self), self._token, "pickle", kwds)

    def _registry_of_results(self):
        """Return what is needed to make proxies of what methods return,
        and of what the methods of those return."""
        # Differs: with CPython's, only the process of the manager can
        # (test_iterating_a_dict_in_a_child).
        found, typeids = {}, [self._token.typeid]
        while typeids:
            typeid = typeids.pop()
            entry = self._registry.get(typeid)
            if entry and typeid not in found and _travels(entry.proxytype):
                found[typeid] = entry._replace(callable=None, exposed=None)
                typeids += (entry.method_to_typeid or {}).values()
        any_does = any(entry.method_to_typeid for entry in found.values())
        return found if any_does else {}

    def __deepcopy__(self, memo):
        return self._getvalue()

    def __getattr__(self, name):
        # Differs: says what there is (test_misspelt_method).
        exposed = ", ".join(getattr(type(self), "_exposed_", ()))
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r};"
            f" exposed are {exposed}",
            name=name,
            obj=self,
        )

    def __repr__(self):
        return (
            f"<{type(self).__name__} object, typeid"
            f" {self._token.typeid!r} at {id(self):#x}>"
        )

    def __str__(self):
        """Return the repr of the referent, or say that this failed."""
        try:
            return self._callmethod("__repr__")
        except Exception:
            return repr(self)[:-1] + "; '__str__()' failed>"


def _travels(proxytype):
    """Return whether another process finds *proxytype* by its name."""
    module = sys.modules.get(proxytype.__module__)
    return getattr(module, proxytype.__qualname__, None) is proxytype


def _server_of_this_process():
    """Return the server that this process runs, None if it runs none."""
    return getattr(current_process(), "_manager_server", None)


def RebuildProxy(func, token, serializer, kwds):
    """Make a proxy of what was pickled.

    CPython: managers.RebuildProxy
    """
    token = Token(token.typeid, token.address, token.id)
    registry = kwds.pop("registry", {})
    server = _server_of_this_process()
    if isinstance(server, Server):
        # By the name: at another address a server is the same.
        if token.id.startswith(server.name):
            kwds["manager_owned"] = True
    elif server and server.address == token.address:
        kwds["manager_owned"] = True
        kept = server.id_to_local_proxy_obj
        kept.setdefault(token.id, server.id_to_obj[token.id])
    inheriting = getattr(current_process(), "_inheriting", False)
    incref = kwds.pop("incref", True) and not inheriting
    proxy = func(token, serializer, incref=incref, **kwds)
    proxy._registry = registry
    return proxy


# Differs: ConditionProxy.wait(timeout), ConditionProxy.notify(n),
# EventProxy.wait(timeout), BarrierProxy.wait(timeout) and
# ValueProxy.set(value) take any arguments, and the referent refuses what it
# does not know (test_methods_of_proxies_take_any_arguments).


def _method(name):
    def method(self, /, *args, **kwds):
        return self._callmethod(name, args, kwds)

    method.__name__ = name
    return method


_proxy_types = {}  # (name, exposed, base) -> type


def MakeProxyType(name, exposed, base=BaseProxy):
    """Return a proxy type with the methods that *exposed* names.

    CPython: managers.MakeProxyType
    """
    exposed = tuple(exposed)
    key = name, exposed, base
    if key not in _proxy_types:
        methods = {meth: _method(meth) for meth in exposed}
        methods["_exposed_"] = exposed
        _proxy_types[key] = type(name, (base,), methods)
    return _proxy_types[key]


class AutoProxy(BaseProxy):
    """A proxy with the methods that the server exposes.

    CPython: managers.AutoProxy
    """

    # Differs: AutoProxy is a class, and what it makes an instance of it;
    # CPython's is a function (test_auto_proxy_is_a_class).
    # Left out: incref, manager_owned -- `__new__` has no use for them, and
    # so does not name them.

    def __new__(
        cls,
        token,
        serializer,
        manager=None,
        authkey=None,
        exposed=None,
        *args,
        **kwds,
    ):
        if cls is AutoProxy:
            if exposed is None:
                asker = BaseProxy(
                    token, serializer, manager, authkey, incref=False
                )
                exposed = asker._peer.ask("get_methods", token)
            name = f"AutoProxy[{token.typeid}]"
            cls = MakeProxyType(name, exposed, base=AutoProxy)
        return super().__new__(cls)

    def __reduce__(self):
        rebuild, (_, *rest, kwds) = super().__reduce__()
        kwds["exposed"] = self._exposed_
        return rebuild, (AutoProxy, *rest, kwds)


class Namespace:
    """Attributes to share.  CPython: managers.Namespace"""

    def __init__(self, /, **kwds):
        self.__dict__.update(kwds)

    def __repr__(self):
        items = sorted(
            f"{name}={value!r}"
            for name, value in self.__dict__.items()
            if not name.startswith("_")
        )
        return f"{type(self).__name__}({', '.join(items)})"


class Value:
    """A value of any type; *typecode* and *lock* mean nothing.

    CPython: managers.Value
    """

    def __init__(self, typecode, value, lock=True):
        self._typecode = typecode
        self._value = value

    def get(self):
        """Return the value."""
        return self._value

    def set(self, value):
        """Replace the value."""
        self._value = value

    def __repr__(self):
        name = type(self).__name__
        return f"{name}({self._typecode!r}, {self._value!r})"

    value = property(get, set)


def Array(typecode, sequence, lock=True):
    """Return an `array.array`; *lock* means nothing.

    CPython: managers.Array
    """
    return array.array(typecode, sequence)


class IteratorProxy(BaseProxy):
    """CPython: managers.IteratorProxy"""

    _exposed_ = ("__next__", "send", "throw", "close")

    def __iter__(self):
        return self

    __next__ = _method("__next__")
    send = _method("send")
    throw = _method("throw")
    close = _method("close")


class AcquirerProxy(BaseProxy):
    """CPython: managers.AcquirerProxy"""

    _exposed_ = ("acquire", "release", "locked")

    def acquire(self, blocking=True, timeout=None):
        """Return whether it was acquired, in *timeout* seconds if given.

        CPython: managers.AcquirerProxy.acquire
        """
        args = (blocking,) if timeout is None else (blocking, timeout)
        return self._callmethod("acquire", args)

    release = _method("release")
    locked = _method("locked")

    def __enter__(self):
        return self._callmethod("acquire")

    def __exit__(self, exc_type, exc_val, exc_tb):
        return self._callmethod("release")


class ConditionProxy(AcquirerProxy):
    """CPython: managers.ConditionProxy"""

    _exposed_ = ("acquire", "release", "locked")
    _exposed_ += ("wait", "notify", "notify_all")

    wait = _method("wait")
    notify = _method("notify")
    notify_all = _method("notify_all")

    # Needs nothing but `wait`, and asks the predicate here.
    wait_for = threading.Condition.wait_for


class EventProxy(BaseProxy):
    """CPython: managers.EventProxy"""

    _exposed_ = ("is_set", "set", "clear", "wait")

    is_set = _method("is_set")
    set = _method("set")
    clear = _method("clear")
    wait = _method("wait")


def _remote_attribute(name):
    """Return a property that asks the referent for its attribute."""
    return property(
        lambda self: self._callmethod("__getattribute__", (name,))
    )


class BarrierProxy(BaseProxy):
    """CPython: managers.BarrierProxy"""

    _exposed_ = ("__getattribute__", "wait", "abort", "reset")

    wait = _method("wait")
    abort = _method("abort")
    reset = _method("reset")

    parties = _remote_attribute("parties")
    n_waiting = _remote_attribute("n_waiting")
    broken = _remote_attribute("broken")


class NamespaceProxy(BaseProxy):
    """Attributes of the referent, but for names with an underscore.

    CPython: managers.NamespaceProxy
    """

    _exposed_ = ("__getattribute__", "__setattr__", "__delattr__")

    def __getattr__(self, key):
        if key[0] == "_":
            return object.__getattribute__(self, key)
        return self._callmethod("__getattribute__", (key,))

    def __setattr__(self, key, value):
        if key[0] == "_":
            return object.__setattr__(self, key, value)
        return self._callmethod("__setattr__", (key, value))

    def __delattr__(self, key):
        if key[0] == "_":
            return object.__delattr__(self, key)
        return self._callmethod("__delattr__", (key,))


class ValueProxy(BaseProxy):
    """CPython: managers.ValueProxy"""

    _exposed_ = ("get", "set")

    get = _method("get")
    set = _method("set")

    value = property(get, set)

    __class_getitem__ = classmethod(types.GenericAlias)


# Differs: `_exposed_` and `_method_to_typeid_` of all proxies are those of
# 3.14, on every Python (test_list_since_3_14).

BaseListProxy = MakeProxyType(
    "BaseListProxy",
    (
        "__add__ __contains__ __delitem__ __getitem__ __imul__ __len__"
        " __mul__ __reversed__ __rmul__ __setitem__ append clear copy"
        " count extend index insert pop remove reverse sort"
    ).split(),
)


def _in_place(name):
    """Return a method that changes the referent and returns the proxy."""

    # Differs: where the referent cannot, CPython's proxy says nothing
    # (test_in_place_operation_that_is_not_defined).
    def method(self, value):
        result = self._callmethod(name, (value,))
        return result if result is NotImplemented else self

    return method


class ListProxy(BaseListProxy):
    """CPython: managers.ListProxy"""

    __iadd__ = _in_place("extend")
    __imul__ = _in_place("__imul__")

    __class_getitem__ = classmethod(types.GenericAlias)


BaseDictProxy = MakeProxyType(
    "DictProxy",
    (
        "__contains__ __delitem__ __getitem__ __ior__ __iter__ __len__"
        " __or__ __reversed__ __ror__ __setitem__ clear copy fromkeys get"
        " items keys pop popitem setdefault update values"
    ).split(),
)
BaseDictProxy._method_to_typeid_ = {
    "__iter__": "Iterator",
    "__reversed__": "Iterator",
}


class DictProxy(BaseDictProxy):
    """CPython: managers.DictProxy"""

    __ior__ = _in_place("__ior__")

    __class_getitem__ = classmethod(types.GenericAlias)


BaseSetProxy = MakeProxyType(
    "BaseSetProxy",
    (
        "__and__ __class_getitem__ __contains__ __iand__ __ior__ __isub__"
        " __iter__ __ixor__ __len__ __or__ __rand__ __ror__ __rsub__"
        " __rxor__ __sub__ __xor__ __ge__ __gt__ __le__ __lt__"
        " add clear copy difference difference_update discard intersection"
        " intersection_update isdisjoint issubset issuperset pop remove"
        " symmetric_difference symmetric_difference_update union update"
    ).split(),
)


class SetProxy(BaseSetProxy):
    """CPython: managers.SetProxy, since 3.14"""

    _method_to_typeid_ = {"__iter__": "Iterator"}

    __ior__ = _in_place("__ior__")
    __iand__ = _in_place("__iand__")
    __ixor__ = _in_place("__ixor__")
    __isub__ = _in_place("__isub__")

    __class_getitem__ = classmethod(types.GenericAlias)


ArrayProxy = MakeProxyType(
    "ArrayProxy", ("__len__", "__getitem__", "__setitem__")
)

BasePoolProxy = MakeProxyType(
    "PoolProxy",
    (
        "apply apply_async close imap imap_unordered join map map_async"
        " starmap starmap_async terminate"
    ).split(),
)
BasePoolProxy._method_to_typeid_ = {
    "apply_async": "AsyncResult",
    "map_async": "AsyncResult",
    "starmap_async": "AsyncResult",
    "imap": "Iterator",
    "imap_unordered": "Iterator",
}


class PoolProxy(BasePoolProxy):
    """CPython: managers.PoolProxy"""

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.terminate()


collections.abc.MutableSequence.register(BaseListProxy)
collections.abc.MutableMapping.register(BaseDictProxy)
collections.abc.MutableSet.register(SetProxy)


class SyncManager(BaseManager):
    """A manager for lists, dicts and the like, and for what threads are
    synchronized with.

    CPython: managers.SyncManager
    """


SyncManager.register("Queue", queue.Queue)
SyncManager.register("JoinableQueue", queue.Queue)
SyncManager.register("Event", threading.Event, EventProxy)
SyncManager.register("Lock", threading.Lock, AcquirerProxy)
SyncManager.register("RLock", threading.RLock, AcquirerProxy)
SyncManager.register("Semaphore", threading.Semaphore, AcquirerProxy)
SyncManager.register(
    "BoundedSemaphore", threading.BoundedSemaphore, AcquirerProxy
)
SyncManager.register("Condition", threading.Condition, ConditionProxy)
SyncManager.register("Barrier", threading.Barrier, BarrierProxy)
SyncManager.register("Pool", Pool, PoolProxy)
SyncManager.register("list", list, ListProxy)
SyncManager.register("dict", dict, DictProxy)
SyncManager.register("set", set, SetProxy)
SyncManager.register("Value", Value, ValueProxy)
SyncManager.register("Array", Array, ArrayProxy)
SyncManager.register("Namespace", Namespace, NamespaceProxy)

# What methods return:
SyncManager.register("Iterator", None, IteratorProxy, create_method=False)
SyncManager.register("AsyncResult", create_method=False)
