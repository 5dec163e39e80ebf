"""How long messages take to a child and back (see `messages.times`)."""

import os
import time

BYTE = "one byte, no frame and no pickle"
MESSAGES = {
    "`(1, 2)`": ((1, 2), 2000),
    "a list of 100,000 numbers": (list(range(100_000)), 10),
    "10 MB of `bytes`": (bytes(10_000_000), 10),
}
STOP = b"."


def echo(connection):
    while (byte := os.read(connection.fileno(), 1)) != STOP:
        os.write(connection.fileno(), byte)
    while (message := connection.recv()) is not None:
        connection.send(message)


def least(rounds, there_and_back):
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        there_and_back()
        times.append(time.perf_counter() - began)
    return min(times)


def main(mp):
    ours, theirs = mp.Pipe()
    child = mp.Process(target=echo, args=(theirs,))
    child.start()
    fd = ours.fileno()
    print(least(2000, lambda: (os.write(fd, b"x"), os.read(fd, 1))), BYTE, sep="\t")
    os.write(fd, STOP)
    for label, (message, rounds) in MESSAGES.items():
        call = lambda message=message: (ours.send(message), ours.recv())  # noqa: E731
        print(least(rounds, call), label, sep="\t")
    ours.send(None)
    child.join()
