"""Measures Pyro5: a daemon with a thread for each connection, on a Unix socket.

Its serializer is marshal, the quickest that it brings and, like pickle, one for peers
that trust each other. It has no handshake with a key. Its objects live until they are
unregistered, which no proxy does.
"""

from multiprocessing import Process

import Pyro5.api

from compare.bench import serving

__all__ = ["Manager", "Process"]
NAME = "maker"

Pyro5.api.config.SERIALIZER = "marshal"
Pyro5.api.config.SERVERTYPE = "thread"
Pyro5.api.config.COMPRESSION = False


@Pyro5.api.expose
class Numbers:
    """A list whose elements can be read."""

    def __init__(self, items):
        self._items = list(items)

    def __getitem__(self, index):
        return self._items[index]


@Pyro5.api.expose
class Holder:
    """Holds whatever was set last."""

    def __init__(self, value):
        self._value = value

    def get(self):
        """Return it."""
        return self._value

    def set(self, value):
        """Hold something else."""
        self._value = value


class Value:
    """A proxy for a Holder: with marshal, Pyro5 fails to set an attribute itself."""

    def __init__(self, holder):
        self._get, self._set = holder.get, holder.set

    @property
    def value(self):
        """Whatever was set last."""
        return self._get()

    @value.setter
    def value(self, value):
        self._set(value)


@Pyro5.api.expose
class Maker:
    """Creates objects and registers them; returns where they are, a str."""

    def list(self, items):
        """Create a list."""
        return str(self._pyroDaemon.register(Numbers(items)))

    def Value(self, typecode, value):
        """Create a Holder."""
        return str(self._pyroDaemon.register(Holder(value)))


class Client:
    """Makes proxies of what a Maker creates: with marshal, Pyro does not do that."""

    def __init__(self, path):
        self._maker = Pyro5.api.Proxy(f"PYRO:{NAME}@./u:{path}")
        self._maker._pyroBind()
        self.close = self._maker._pyroRelease

    def list(self, items):
        """Return a proxy of a new list."""
        return Pyro5.api.Proxy(self._maker.list(items))

    def Value(self, typecode, value):
        """Return a proxy of a new Holder."""
        uri = self._maker.Value(typecode, value)
        return Value(Pyro5.api.Proxy(uri))


def Manager():
    """Start a server; return what creates objects in it."""
    return serving.Manager(_serve, _connect)


def _serve(path, ready):
    with Pyro5.api.Daemon(unixsocket=path) as daemon:
        daemon.register(Maker(), NAME)
        ready()
        daemon.requestLoop()


def _connect(path):
    client = Client(path)
    return client, client.close
