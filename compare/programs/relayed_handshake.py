"""Somebody without the key stands between a client and a server, and is let in.

See that each side proves that it knows the key, and that neither learns who passed the
proof on: at the end, the one in the middle has a connection on which the server obeys.
"""

import importlib
import threading


def in_words(frame):
    if frame.startswith(b"#CHALLENGE#"):
        return "a challenge"
    return "the welcome" if frame == b"#WELCOME#" else "an answer"


def main(mp):
    connection = importlib.import_module(f"{mp.__name__}.connection")
    key = mp.current_process().authkey
    with mp.Manager() as manager, connection.Listener() as trap:
        args = trap.address, None, key
        client = threading.Thread(target=connection.Client, args=args)
        client.start()
        sides = {
            "server": connection.Client(manager.address),
            "client": trap.accept(),
        }
        for sender, receiver in [("server", "client"), ("client", "server")] * 3:
            frame = sides[sender].recv_bytes()
            print(f"{sender} -> {receiver}: {in_words(frame)}")
            sides[receiver].send_bytes(frame)
        client.join()
        sides["server"].send((None, "number_of_objects", (), {}))
        print("the server to whoever asks now:", sides["server"].recv())
        for side in sides.values():
            side.close()
