"""Peers for the tests of connections: what other processes run.

Also a program, for interpreters from 3.8 on, which needs nothing else of the
tests and uses the standard library's connections:

    connection_workers.py serve KEY            prints an address, echoes
    connection_workers.py call ADDRESS KEY     sends, prints what comes back

KEY and ADDRESS are Python literals.
"""

import ast
import importlib
import sys
from multiprocessing.connection import Client, Listener

MODULES = {"cpython": "multiprocessing.connection", "minimp": "minimp.connection"}

# What a peer says and wants to hear: lengths about the limits of the wire.
OBJECTS = [None, "word", {"a": [1, 2.5, b"x"]}, b"", b"s" * 20_000, "l" * 200_000]


def load(name):
    """Return the module `connection` of the implementation called `name`."""
    return importlib.import_module(MODULES[name])


def echo(conn):
    """Send every message back, until one is empty or the peer hangs up."""
    with conn:
        try:
            while message := conn.recv_bytes():
                conn.send_bytes(message)
        except EOFError:
            pass


def send_and_wait(conn, event, *objects):
    """Send `objects`, then live until `event` is set."""
    for obj in objects:
        conn.send(obj)
    conn.close()
    assert event.wait(30)


def close_listener(listener):
    """Close a listener that has been forked along."""
    listener.close()


def accept_one(listener):
    """Accept a client, and tell it so."""
    with listener.accept() as conn:
        conn.send("accepted in a child")


def serve(key):
    with Listener(("127.0.0.1", 0), authkey=key) as listener:
        print(repr(listener.address), flush=True)
        echo(listener.accept())


def call(address, key):
    with Client(address, authkey=key) as conn:
        for obj in OBJECTS:
            conn.send(obj)
            assert conn.recv() == obj, obj
    print("all came back")


if __name__ == "__main__":
    verb, *literals = sys.argv[1:]
    {"serve": serve, "call": call}[verb](*map(ast.literal_eval, literals))
