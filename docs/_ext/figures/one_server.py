"""How many calls one manager answers, for 1, 2 and 4 clients at once.

See `limits.calls`: each line has the number of clients, and calls a second, all told.
"""

import time

SECONDS = 0.2


def main(mp):
    with mp.Manager() as manager:
        for clients in (1, 2, 4):
            value, start = manager.Value("i", 0), mp.Barrier(clients)
            reader, writer = mp.Pipe(duplex=False)
            processes = [
                mp.Process(target=call, args=(value, start, writer))
                for _ in range(clients)
            ]
            for process in processes:
                process.start()
            print(clients, sum(reader.recv() for _ in processes))
            for process in processes:
                process.join()


def call(value, start, writer):
    value.get()  # by now there is a connection
    start.wait()
    calls, began = 0, time.monotonic()
    while time.monotonic() < began + SECONDS:
        value.get()
        calls += 1
    writer.send(calls / (time.monotonic() - began))
