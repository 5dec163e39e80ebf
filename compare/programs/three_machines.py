"""A server with two queues, and two clients that leave each other messages in them.

See that the three share nothing but an address, a key and the names of the queues:
each is an interpreter of its own, and neither client has started the server. So each
may run on a machine of its own. Here all are on this one, and the system chooses the
port. By hand, with the same POST_KEY in the environment of each terminal:

    python -m compare.programs.three_machines serve minimp 0.0.0.0 5438
    python -m compare.programs.three_machines ann minimp HOST 5438
    python -m compare.programs.three_machines bob multiprocessing HOST 5438
"""

import contextlib
import functools
import importlib
import os
import queue
import secrets
import subprocess
import sys

PATIENCE = 30  # seconds that one waits for another


def manager_class(package):
    """Return a class of its own, so that what it registers is its own too."""
    managers = importlib.import_module(f"{package}.managers")
    return type("PostManager", (managers.BaseManager,), {})


def key():
    return os.environ["POST_KEY"].encode()


def serve(package, address, tell):
    """Serve the two queues until this process is ended; `tell` the address."""
    for_ann, for_bob = queue.Queue(), queue.Queue()
    cls = manager_class(package)
    cls.register("for_ann", callable=lambda: for_ann)
    cls.register("for_bob", callable=lambda: for_bob)
    server = cls(address, key()).get_server()
    tell(server.address)
    server.serve_forever()


def connect(package, address):
    """Return a manager whose server somebody else has started."""
    cls = manager_class(package)
    cls.register("for_ann")
    cls.register("for_bob")
    manager = cls(address, key())
    manager.connect()
    return manager


def ann(package, address):
    """Leave Bob a message, and wait for his."""
    manager = connect(package, address)
    print("Ann writes first", flush=True)
    manager.for_bob().put("Bob, do you travel tomorrow?")
    print("Ann reads:", manager.for_ann().get(True, PATIENCE), flush=True)


def bob(package, address):
    """Wait for Ann's message, and leave her one."""
    manager = connect(package, address)
    print("Bob reads:", manager.for_bob().get(True, PATIENCE), flush=True)
    manager.for_ann().put("Ann, only on Friday.")


@contextlib.contextmanager
def running(role, package, host, port, through=(), **kwds):
    """Run a role in an interpreter of its own, which is ended after the block.

    The command `through`, if there is one, runs the interpreter.
    """
    role = [sys.executable, "-P", __file__, role, package, host, str(port)]
    with subprocess.Popen([*through, *role], text=True, **kwds) as process:
        try:
            yield process
        finally:
            process.terminate()


def address_of(server):
    """Return what a server says when it is there, as (host, port)."""
    host, port = server.stdout.readline().split()
    return host, int(port)


def main(mp):
    os.environ["POST_KEY"] = secrets.token_hex()
    package, pipe = mp.__name__, subprocess.PIPE
    with running("serve", package, "127.0.0.1", 0, stdout=pipe) as server:
        address = address_of(server)
        print("at", address[0], "on a port of the system:", address[1] > 0, flush=True)
        with (
            running("ann", package, *address) as a,
            running("bob", package, *address) as b,
        ):
            print("exit statuses:", [one.wait(PATIENCE) for one in (a, b)])
        print("server still there:", server.poll() is None)


def tell(address):
    host, port = address[:2]  # of IPv6, there is more
    print(host, port, flush=True)


if __name__ == "__main__":
    role, package, host, port = sys.argv[1:]
    start = {"serve": functools.partial(serve, tell=tell), "ann": ann, "bob": bob}
    start[role](package, (host, int(port)))
