"""Ann, Bob and the server of `three_machines`, as children of one process.

See with `python -m compare wire two_mailboxes` what the three say to each other: it can
record the children of a program, but not interpreters that the program starts anew.
Bob begins first. His question waits in the server until Ann has left her message.
"""

import os
import secrets

from compare.programs import three_machines


def main(mp):
    os.environ["POST_KEY"] = secrets.token_hex()
    package, anywhere = mp.__name__, ("127.0.0.1", 0)
    reader, writer = mp.Pipe(duplex=False)
    args = package, anywhere, writer.send
    server = mp.Process(target=three_machines.serve, args=args, name="server")
    server.start()
    args = package, reader.recv()
    clients = [
        mp.Process(target=three_machines.bob, args=args, name="Bob"),
        mp.Process(target=three_machines.ann, args=args, name="Ann"),
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.terminate()
    server.join()
