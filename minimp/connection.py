"""Messages on a stream of bytes, and proof that the peer knows a key.

A stream does not say where a message ends, so each is sent as a *frame*,
its length and then itself::

    [ length  ][ payload ]           length: 4 bytes, big-endian, signed
    [ -1 ][ length  ][ payload ]     above 2**31 - 1: 8 bytes, unsigned

The payload of `send` is a pickle, and to load a pickle is to run what it
says.  So before the first one, a listener and its client prove to each
other that both know the *authkey*, in frames that hold bare bytes::

    listener                                                     client
    #CHALLENGE#{sha256}<40 random bytes>  ------------------------->
    <-----------  {sha256}<MAC, with the key, of all behind the first #>
    #WELCOME#  or  #FAILURE#  ------------------------------------->
                ... and once more, with the parts exchanged ...

Python up to 3.11 sends 20 random bytes and answers with a bare MD5 MAC;
it is told apart by the lengths.
"""

# CPython: connection

import collections
import hmac
import io
import os
import pickle
import selectors
import socket
import struct
import tempfile
import threading
import time
import types
import weakref

from ._borrowed import (
    AuthenticationError,
    BufferTooShort,
    DupFd,
    Finalize,
    ForkingPickler,
    get_temp_dir,
    is_abstract,
    register,
)

__all__ = ["Client", "Listener", "Pipe", "wait"]

# Left out: Windows' named pipes, and CONNECTION_TIMEOUT, which is for them
# -- minimp is for Linux.

# Left out: ConnectionWrapper, XmlListener, XmlClient -- who reads the wire
# reads pickles.

# Left out: _ConnectionBase, SocketListener, SocketClient -- with streams of
# one kind only, Connection, Listener and Client do their work themselves.

# Left out: default_family -- it is AF_UNIX, which every Linux has.
# Left out: CHALLENGE, WELCOME, FAILURE -- their names are private, as in
# CPython since 3.12.
# Differs: BUFSIZE and MESSAGE_LENGTH are those of Python 3.14, on every one
# (test_sizes_are_those_of_3_14).

BUFSIZE = 2**16  # bytes that are asked for at a time
_SMALL = 2**14  # bytes; to copy them costs less than another call
_CUT_SHORT = "got end of file during message"
_length = struct.Struct("!i")
MAX_MESSAGE = 2**40  # bytes; a peer that announces more is not believed
HANDSHAKE_TIMEOUT = 20.0  # seconds
_KEEPALIVE = [  # silence for two minutes is the end
    (socket.TCP_KEEPIDLE, 60),  # seconds before the first question
    (socket.TCP_KEEPINTVL, 10),  # seconds between two
    (socket.TCP_KEEPCNT, 6),  # without an answer
]
MAX_STRANGERS = 64  # clients that may be in a handshake at a time

# Differs: AF_INET6 is one of the families (test_ipv6_address).
families = ["AF_INET", "AF_INET6", "AF_UNIX"]


def arbitrary_address(family):
    """Return an address of *family* that nobody uses, to listen on.

    CPython: connection.arbitrary_address
    """
    if family == "AF_UNIX":
        return tempfile.mktemp(prefix="listener-", dir=get_temp_dir())
    if family == "AF_INET":
        return ("localhost", 0)
    if family == "AF_INET6":
        return ("::1", 0)
    raise ValueError("unrecognized family")


def _validate_family(family):
    if family not in families:
        raise ValueError(f"Family {family} is not recognized.")


def address_type(address):
    """Return the name of the family that *address* belongs to.

    CPython: connection.address_type
    """
    if type(address) is tuple:
        # Differs: CPython takes every tuple for AF_INET
        # (test_ipv6_address).
        ipv6 = len(address) == 4 or ":" in str(address[0])
        return "AF_INET6" if ipv6 else "AF_INET"
    if type(address) is str and address.startswith("\\\\"):
        return "AF_PIPE"  # Windows' own, which no Listener takes here
    if type(address) is str or is_abstract(address):
        return "AF_UNIX"
    raise ValueError(f"address type of {address!r} unrecognized")


class Connection:
    """One end of a stream; sends and receives whole messages.

    *handle* is a file descriptor, and is closed with the connection.

    CPython: connection.Connection
    """

    _handle = None
    _ahead = b""  # read, but not asked for yet
    _payload = None  # a message of which more is to come
    _deadline = None  # monotonic; when the peer has to have spoken

    def __init__(self, handle, readable=True, writable=True):
        handle = handle.__index__()
        if handle < 0:
            raise ValueError("invalid handle")
        if not (readable or writable):
            raise ValueError(
                "at least one of `readable` and `writable` must be True"
            )
        self._handle = handle
        self._readable = readable
        self._writable = writable

    def __del__(self):
        self.close()

    def _check_closed(self):
        if self._handle is None:
            raise OSError("handle is closed")

    def _check_readable(self):
        self._check_closed()
        if not self._readable:
            raise OSError("connection is write-only")

    def _check_writable(self):
        self._check_closed()
        if not self._writable:
            raise OSError("connection is read-only")

    def _bad_message_length(self):
        """Refuse all that follows; nobody knows where it would begin."""
        if self._writable:
            self._readable = False
        else:
            self.close()
        raise OSError("bad message length")

    @property
    def closed(self):
        """Whether the connection is closed."""
        return self._handle is None

    @property
    def readable(self):
        return self._readable

    @property
    def writable(self):
        return self._writable

    def fileno(self):
        """Return the descriptor."""
        self._check_closed()
        return self._handle

    def close(self, _close=os.close):  # at exit, `os` may be gone
        """Close the connection; to do so again does nothing."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _close(handle)

    def _hang_up(self):
        """End the stream; who waits for bytes, here or there, gets none."""
        s = socket.socket(fileno=self._handle)
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the peer has gone meanwhile
        finally:
            s.detach()

    def send_bytes(self, buf, offset=0, size=None):
        """Send *size* bytes of bytes-like *buf*, from *offset* on.

        CPython: connection._ConnectionBase.send_bytes
        """
        self._check_writable()
        # Differs: where bytes are not in one piece, or in rows, CPython
        # sends a wrong length (test_buffer_with_gaps).
        m = memoryview(buf).cast("B")
        if offset < 0:
            raise ValueError("offset is negative")
        if offset > len(m):
            raise ValueError("buffer length < offset")
        end = len(m) if size is None else offset + size
        if end < offset:
            raise ValueError("size is negative")
        if end > len(m):
            raise ValueError("buffer length < offset + size")
        self._send_bytes(m[offset:end])

    def send(self, obj):
        """Send a pickle of *obj*."""
        self._check_writable()
        self._send_bytes(*dumps(obj))

    def recv_bytes(self, maxlength=None):
        """Return the next message as bytes.

        Raises EOFError when the peer has hung up, OSError when the
        message is longer than *maxlength* or ends too early.
        """
        self._check_readable()
        if maxlength is not None and maxlength < 0:
            raise ValueError("negative maxlength")
        return self._recv_bytes(maxlength)

    def recv_bytes_into(self, buf, offset=0):
        """Read the next message into *buf*, from byte *offset* on; return
        its length in bytes.

        Raises BufferTooShort, with the message, when it does not fit.

        CPython: connection._ConnectionBase.recv_bytes_into
        """
        self._check_readable()
        with memoryview(buf) as m:
            bytesize = m.nbytes
        if offset < 0:
            raise ValueError("negative offset")
        if offset > bytesize:
            raise ValueError("offset too large")
        message = self._recv_bytes()
        size = len(message)
        if bytesize < offset + size:
            raise BufferTooShort(message)
        # Differs: CPython counts in items, and loses what is less than
        # one (test_recv_bytes_into_counts_bytes).
        struct.pack_into(f"{size}s", buf, offset, message)
        return size

    def recv(self):
        """Return the object that the peer sent; see `recv_bytes`."""
        self._check_readable()
        return loads(self._recv_payload(self._recv_size()))

    def poll(self, timeout=0.0):
        """Return whether a message, or the end, comes in *timeout* seconds;
        None waits for ever."""
        self._check_readable()
        return bool(wait([self], timeout))

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, exc_tb):
        self.close()

    def _read(self, size):
        """Return 1 to *size* bytes, or none at the end."""
        if self._ahead:
            chunk, self._ahead = self._ahead[:size], self._ahead[size:]
            return chunk
        self._wait_for_peer()
        return os.read(self._handle, size)

    def _read_into(self, buf):
        """Read bytes into *buf*; return how many, 0 at the end."""
        if not self._ahead:
            self._wait_for_peer()
            return os.readv(self._handle, [buf])
        chunk = self._read(len(buf))
        buf[: len(chunk)] = chunk
        return len(chunk)

    def _wait_for_peer(self):
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0 or not wait([self], left):
            raise TimeoutError("the peer did not speak in time")

    def _send(self, buf):
        """Write all of *buf*.

        CPython: connection.Connection._send
        """
        n = os.write(self._handle, buf)
        while n < len(buf):
            buf = memoryview(buf)[n:]
            n = os.write(self._handle, buf)

    def _recv(self, size):
        """Return *size* bytes.

        CPython: connection.Connection._recv
        """
        chunk = self._read(min(size, BUFSIZE)) if size else b""
        if len(chunk) == size:
            return chunk
        if not chunk:
            raise EOFError
        # The length is a promise: memory is taken as the bytes come.
        buf = io.BytesIO()
        while chunk:
            buf.write(chunk)
            left = size - buf.tell()
            if not left:
                return buf.getvalue()
            chunk = self._read(min(left, BUFSIZE))
        raise OSError(_CUT_SHORT)

    def _send_bytes(self, *parts):
        """Send one message, which is *parts* joined.

        CPython: connection.Connection._send_bytes
        """
        if len(parts) == 1 and len(parts[0]) <= _SMALL:  # by far the most
            return self._send(_length.pack(len(parts[0])) + parts[0])
        n = sum(map(len, parts))
        long = n > 0x7FFFFFFF
        self._send(struct.pack("!iQ", -1, n) if long else _length.pack(n))
        for part in parts:
            self._send(part)

    def _recv_bytes(self, maxsize=None):
        """Return the next message, whatever it is.

        CPython: connection.Connection._recv_bytes
        """
        return self._recv(self._recv_size(maxsize))

    def _recv_size(self, maxsize=None):
        """Return the length of the next message, in bytes."""
        # Differs: in CPython, an object may receive another while it is
        # being unpickled (test_object_that_receives_another).
        if self._payload is not None:
            raise OSError("another message is being received")
        (size,) = _length.unpack(self._recv(4))
        if size == -1:
            (size,) = struct.unpack("!Q", self._recv(8))
        if maxsize is not None and size > maxsize:
            self._bad_message_length()
        # Differs: CPython has no limit, and takes a negative length for
        # 0 (test_length_is_not_believed).
        if not 0 <= size <= MAX_MESSAGE:
            self.close()
            raise OSError(
                f"message of {size} bytes announced, at most {MAX_MESSAGE}"
                " are accepted"
            )
        return size

    def _recv_payload(self, size):
        """Return a message of *size* bytes for `loads`."""
        if size <= _SMALL:
            return self._recv(size)
        self._payload = _Payload(self, size)
        return self._payload

    def _recv_in_turn(self):
        """Return the next message for `loads`, of a peer that then waits
        for an answer.

        So nothing stands behind it, and one read gets all of a short one;
        should there be more, it is kept.
        """
        self._ahead = data = self._ahead or os.read(self._handle, BUFSIZE)
        if data[:4] == _length.pack(len(data) - 4):
            self._ahead = b""
            return data[4:]
        return self._recv_payload(self._recv_size())

    def _recv_several(self):
        """Return a list of the messages that have come, one at least."""
        data = self._ahead or os.read(self._handle, BUFSIZE)
        messages, start = [], 0
        while len(data) - start >= 4:
            (size,) = _length.unpack_from(data, start)
            stop = start + 4 + size
            if not start < stop <= len(data):
                break
            messages.append(data[start + 4 : stop])
            start = stop
        self._ahead = data[start:]
        return messages or [self._recv_bytes()]


class _Payload(io.RawIOBase):
    """The *size* bytes that come next on connection *conn*, as a file.

    An Unpickler that reads it receives a long bytes object in the place
    where it will stay.
    """

    def __init__(self, conn, size):
        self._conn = conn
        self._size = self._left = size

    def readable(self):
        """Return True, for `io.BufferedReader`."""
        return True

    def readinto(self, buf):
        """Read bytes into *buf*; return how many, 0 at the end."""
        if not self._left:
            return 0
        n = self._conn._read_into(memoryview(buf)[: self._left])
        if not n:
            alone = self._left == self._size  # as if there was no header
            raise EOFError if alone else OSError(_CUT_SHORT)
        self._left -= n
        return n

    def skip(self):
        """Read what nobody has read, so that the next message can come."""
        try:
            while self.read(BUFSIZE):
                pass
        except BaseException:
            self._conn.close()
            raise
        finally:
            self._conn._payload = None


def loads(message):
    """Return the object whose pickle *message* is, bytes or a `_Payload`.

    CPython: reduction.ForkingPickler.loads
    """
    if isinstance(message, bytes):
        return ForkingPickler.loads(message)
    try:
        return pickle.load(io.BufferedReader(message, BUFSIZE))
    finally:
        message.skip()


_idle_picklers = []


class _Pickler(ForkingPickler):
    def __init__(self):
        self.parts = []
        super().__init__(types.SimpleNamespace(write=self.parts.append))


def dumps(obj):
    """Return the pickle of *obj* as a list of parts.

    A long bytes object is a part of its own, and so is never copied.  To
    make a pickler costs several times what a small message costs, so it
    is used again; never by two at a time, be it two threads or a
    ``__reduce__`` that comes here in turn.

    CPython: reduction.ForkingPickler.dumps
    """
    try:
        pickler = _idle_picklers.pop()
    except IndexError:
        pickler = _Pickler()
    pickler.dump(obj)
    parts = pickler.parts.copy()
    pickler.parts.clear()
    # Not clear_memo(), which keeps the room that a large object took, and
    # clears all of it each time.
    pickler.memo = {}
    _idle_picklers.append(pickler)
    return parts


class Listener:
    """Listen on *address*, of *family*, by default a new AF_UNIX one.

    With an *authkey*, bytes, only clients that know it are accepted.

    CPython: connection.Listener
    """

    def __init__(self, address=None, family=None, backlog=1, authkey=None):
        _check_authkey(authkey)
        family = family or (address_type(address) if address else "AF_UNIX")
        _validate_family(family)
        address = address or arbitrary_address(family)
        self._authkey = authkey
        self._last_accepted = None
        self._socket = socket.socket(getattr(socket, family))
        try:
            self._socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )
            self._socket.bind(address)
            self._socket.listen(backlog)
            self._socket.setblocking(False)
            self._address = self._socket.getsockname()
        except OSError:
            self._socket.close()
            raise
        self._lobby = _Lobby()  # None when the listener is closed
        self._unlink = None
        if family == "AF_UNIX" and not is_abstract(address):
            self._unlink = Finalize(
                self, os.unlink, args=(address,), exitpriority=0
            )
        _listeners.add(self)

    def __getstate__(self):  # to a child that is being spawned
        return self.__dict__ | {"_lobby": None}

    def __setstate__(self, state):
        self.__dict__.update(state, _lobby=_Lobby())
        _listeners.add(self)

    def accept(self):
        """Return a connection to the next client.

        Clients that do not know the key, or take HANDSHAKE_TIMEOUT seconds
        to show it, are sent away; the others do not wait for them.

        CPython: connection.Listener.accept
        """
        # Differs: CPython talks to one client at a time, for as long as
        # that takes, and raises if it goes wrong
        # (test_silent_client_does_not_block_accept).
        conn, self._last_accepted = self._accept(self._authkey)
        return conn

    def _accept(self, authkey=None):
        """Return the next client, which knows *authkey* unless that is
        None, as (connection, address)."""
        lobby = self._lobby
        if lobby is None:
            raise OSError("listener is closed")
        with lobby.mutex:
            while self._lobby is not None:
                doors = [lobby.bell]
                if lobby.strangers < MAX_STRANGERS:
                    doors.append(self._socket)
                if lobby.bell in wait(doors):
                    if guest := lobby.next_guest():
                        return guest
                elif stranger := self._accept_stranger():
                    if authkey is None:
                        return stranger
                    lobby.admit(*stranger, authkey)
        raise OSError("listener is closed")

    def _accept_stranger(self):
        try:
            s, address = self._socket.accept()
        except BlockingIOError:
            return None  # another process was faster
        return _connection_from(s), address

    def close(self):
        """Stop listening, and take the file of an AF_UNIX address away.

        CPython: connection.Listener.close
        """
        lobby, self._lobby = self._lobby, None
        if lobby is None:
            return
        lobby.ring.send_bytes(b"")  # wakes who is in accept
        with lobby.mutex:
            self._socket.close()
        if self._unlink is not None:
            self._unlink()

    @property
    def address(self):
        """The address, as a client needs it."""
        return self._address

    @property
    def last_accepted(self):
        """The address of the client that `accept` returned last."""
        return self._last_accepted

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, exc_tb):
        self.close()


class _Lobby:
    """Where the clients of a listener show the key, each on a thread.

    For one process: a fork takes no threads along, so a child gets its own.
    """

    def __init__(self):
        self.bell, self.ring = Pipe(duplex=False)
        self.guests = collections.deque()  # (connection, address) or None
        self.mutex = threading.RLock()  # held by who accepts
        # guarded by self.mutex:
        self.strangers = 0  # handshakes that have not rung

    def admit(self, conn, address, authkey):
        """Begin a handshake.  Caller holds self.mutex."""
        start_thread(self._admit, conn, address, authkey)
        self.strangers += 1

    def _admit(self, conn, address, authkey):
        guest = None
        try:
            authenticate_client(conn, authkey)
            guest = conn, address
        except (AuthenticationError, OSError, EOFError):
            conn.close()
        finally:
            self.guests.append(guest)
            self.ring.send_bytes(b"")

    def next_guest(self):
        """Return who has been let in, as (connection, address); None if
        the bell rang for another reason.  Caller holds self.mutex."""
        self.bell.recv_bytes()
        if not self.guests:
            return None  # the listener has been closed
        self.strangers -= 1
        return self.guests.popleft()


_listeners = weakref.WeakSet()


def _after_fork_in_child():
    for listener in list(_listeners):
        if listener._lobby is not None:
            listener._lobby = _Lobby()


os.register_at_fork(after_in_child=_after_fork_in_child)


def Client(address, family=None, authkey=None):
    """Return a connection to the listener at *address*.

    Raises AuthenticationError when it does not accept *authkey*, bytes,
    or does not know it itself.

    CPython: connection.Client
    """
    _check_authkey(authkey)
    family = family or address_type(address)
    _validate_family(family)
    with socket.socket(getattr(socket, family)) as s:
        s.setblocking(True)
        s.connect(address)
        conn = _connection_from(s)
    if authkey is not None:
        try:
            authenticate_server(conn, authkey)
        except BaseException:
            conn.close()
            raise
    return conn


def _connection_from(s):
    """Return a connection that takes socket *s* over."""
    s.setblocking(True)  # whatever `socket.setdefaulttimeout` said
    if s.family != socket.AF_UNIX:
        # Differs: CPython waits for an acknowledgement before the second
        # of two short messages (test_tcp_does_not_wait).
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A machine that is switched off says no goodbye.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            s.setsockopt(socket.IPPROTO_TCP, option, value)
    return Connection(s.detach())


def Pipe(duplex=True):
    """Return two connections, each the other's peer.

    Unless *duplex*, the first receives only and the second sends only.

    CPython: connection.Pipe
    """
    if duplex:
        s1, s2 = socket.socketpair()
        return _connection_from(s1), _connection_from(s2)
    r, w = os.pipe()
    return Connection(r, writable=False), Connection(w, readable=False)


def _check_authkey(authkey):
    if authkey is not None and not isinstance(authkey, bytes):
        raise TypeError("authkey should be a byte string")


MESSAGE_LENGTH = 40  # bytes of a challenge; older Python sends 20

_CHALLENGE = b"#CHALLENGE#"
_WELCOME = b"#WELCOME#"
_FAILURE = b"#FAILURE#"

_ALLOWED_DIGESTS = {b"md5", b"sha256", b"sha384", b"sha3_256", b"sha3_384"}
_MD5ONLY_MESSAGE_LENGTH = 20  # a challenge of Python up to 3.11
_MD5_DIGEST_LEN = 16  # and an answer of its


def _get_digest_name_and_payload(message):
    """Return the digest that *message* names, '' where it is an old one,
    and what stands behind the name.

    CPython: connection._get_digest_name_and_payload, since 3.12
    """
    if len(message) in (_MD5ONLY_MESSAGE_LENGTH, _MD5_DIGEST_LEN):
        return "", message
    name, curly, payload = message[1:].partition(b"}")
    if message[:1] == b"{" and curly and name in _ALLOWED_DIGESTS:
        return name.decode(), payload
    raise AuthenticationError(
        "unsupported message length, missing digest prefix, "
        f"or unsupported digest: {message=}"
    )


def _mac(authkey, message, digest):
    try:
        return hmac.new(authkey, message, digest).digest()
    except ValueError:  # MD5 may be switched off
        raise AuthenticationError(
            f"response_digest={digest!r} unsupported"
        ) from None


def _create_response(authkey, message):
    """Return the answer to challenge *message*.

    CPython: connection._create_response, since 3.12
    """
    digest, _ = _get_digest_name_and_payload(message)
    if not digest:
        return _mac(authkey, message, "md5")
    return b"{%s}%s" % (digest.encode(), _mac(authkey, message, digest))


def _verify_challenge(authkey, message, response):
    """Raise AuthenticationError unless *response* answers *message*.

    CPython: connection._verify_challenge, since 3.12
    """
    digest, mac = _get_digest_name_and_payload(response)
    digest = digest or "md5"
    # The MAC is of the whole message, with the digest that it names: who
    # answers with a weaker one than we asked for has seen another message.
    expected = _mac(authkey, message, digest)
    if len(expected) != len(mac):
        raise AuthenticationError(
            f"expected {digest!r} of length {len(expected)} got {len(mac)}"
        )
    if not hmac.compare_digest(expected, mac):
        raise AuthenticationError("digest received was wrong")


def deliver_challenge(connection, authkey, digest_name="sha256"):
    """Have the peer prove that it knows *authkey*, bytes.

    Raises AuthenticationError, after telling the peer, if it does not.

    CPython: connection.deliver_challenge
    """
    if not isinstance(authkey, bytes):
        raise ValueError(f"Authkey must be bytes, not {type(authkey)}")
    message = os.urandom(MESSAGE_LENGTH)
    message = b"{%s}%s" % (digest_name.encode(), message)
    connection.send_bytes(_CHALLENGE + message)
    response = connection.recv_bytes(256)
    try:
        _verify_challenge(authkey, message, response)
    except AuthenticationError:
        connection.send_bytes(_FAILURE)
        raise
    connection.send_bytes(_WELCOME)


def answer_challenge(connection, authkey):
    """Prove to the peer that we know *authkey*, bytes.

    Raises AuthenticationError if it does not believe that.

    CPython: connection.answer_challenge
    """
    if not isinstance(authkey, bytes):
        raise ValueError(f"Authkey must be bytes, not {type(authkey)}")
    message = connection.recv_bytes(256)
    if not message.startswith(_CHALLENGE):
        raise AuthenticationError(
            f"Protocol error, expected challenge: {message=}"
        )
    message = message.removeprefix(_CHALLENGE)
    if len(message) < _MD5ONLY_MESSAGE_LENGTH:
        raise AuthenticationError(
            f"challenge too short: {len(message)} bytes"
        )
    connection.send_bytes(_create_response(authkey, message))
    if connection.recv_bytes(256) != _WELCOME:
        raise AuthenticationError("digest sent was rejected")


def authenticate_client(connection, authkey):
    """Do a listener's part of the handshake, in HANDSHAKE_TIMEOUT."""
    connection._deadline = time.monotonic() + HANDSHAKE_TIMEOUT
    deliver_challenge(connection, authkey)
    answer_challenge(connection, authkey)
    connection._deadline = None


def authenticate_server(connection, authkey):
    """Do a client's part of the handshake, in HANDSHAKE_TIMEOUT from when
    the listener begins."""
    # Differs: once it has begun, CPython waits for ever
    # (test_listener_that_stops_in_mid_handshake).
    deadline = connection._deadline
    if deadline is None:
        wait([connection])  # it may be busy, for as long as it likes
        connection._deadline = time.monotonic() + HANDSHAKE_TIMEOUT
    answer_challenge(connection, authkey)
    deliver_challenge(connection, authkey)
    connection._deadline = deadline


def wait(object_list, timeout=None):
    """Return those of *object_list* that can be read, once one can.

    They are connections, sockets, descriptors, or have a ``fileno``;
    the list is empty when *timeout* seconds went by.

    CPython: connection.wait
    """
    with selectors.PollSelector() as selector:
        for obj in object_list:
            selector.register(obj, selectors.EVENT_READ)
        deadline = time.monotonic() + (timeout or 0)
        while True:
            ready = selector.select(timeout)
            if ready:
                return [key.fileobj for key, _ in ready]
            if timeout is not None:
                timeout = deadline - time.monotonic()
                if timeout < 0:
                    return []


def reduce_connection(conn):
    """Pickle a connection by its descriptor.

    CPython: connection.reduce_connection
    """
    fd = DupFd(conn.fileno())
    return rebuild_connection, (fd, conn.readable, conn.writable)


def rebuild_connection(df, readable, writable):
    """CPython: connection.rebuild_connection"""
    return Connection(df.detach(), readable, writable)


register(Connection, reduce_connection)


def start_thread(target, *args):
    """Call *target* in a thread that the process does not wait for."""
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread
