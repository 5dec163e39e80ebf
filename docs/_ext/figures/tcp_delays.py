"""How long a client on TCP waits in each step (see `machines.delays`).

The server is that of `compare/programs/three_machines.py`.
"""

import os
import subprocess
import time

from compare.programs.three_machines import address_of, connect, running

ROUNDS = 3


def main(mp):
    os.environ["POST_KEY"] = "which both know"
    role = "serve", mp.__name__, "127.0.0.1", 0
    with running(*role, stdout=subprocess.PIPE) as server:
        address = address_of(server)
        for _ in range(ROUNDS):
            times = [time.monotonic()]
            for _ in steps(mp.__name__, address):
                times.append(time.monotonic())
            print(*(b - a for a, b in zip(times, times[1:], strict=False)))


def steps(package, address):
    """Do the steps of `machines.STEPS`, and stop after each."""
    manager = connect(package, address)
    yield
    proxy = manager.for_ann()
    yield
    proxy.qsize()
    yield
    proxy.qsize()
    yield
    del proxy
    yield
