"""What a killed client held stays in the server for ever.

You would expect that its objects end with it, since nobody can reach them.
"""

import time

ISSUE = 86035
PAIR = "managers.Server.serve_client"
EXPECTED = """\
objects while the client lives: 5
objects after it was killed: 0
"""
HELD = []


def hold(manager, ready):
    HELD.extend(manager.list() for _ in range(5))
    ready.set()
    time.sleep(60)


def main(mp):
    ready = mp.Event()
    with mp.Manager() as manager:
        client = mp.Process(target=hold, args=(manager, ready))
        client.start()
        ready.wait(10)
        print("objects while the client lives:", manager._number_of_objects())
        client.kill()
        client.join()
        deadline = time.monotonic() + 0.8
        while manager._number_of_objects() and time.monotonic() < deadline:
            time.sleep(0.01)
        print("objects after it was killed:", manager._number_of_objects())


def has_bug(lines):
    return lines[1:] == ["objects after it was killed: 5"]
