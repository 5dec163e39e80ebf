"""A client without a key talks to a listener that has one.

The listener sends a challenge, and the client takes it for a pickle.

Text: UnpicklingError: invalid load key, '#'.
Code: multiprocessing.connection.deliver_challenge
Do: Give the client the key, as `authkey`.
Read: who-are-you#only-one-side-has-a-key
"""

import importlib


def main(mp):
    connection = importlib.import_module(f"{mp.__name__}.connection")
    listener, client = connection.Pipe()
    listener.send_bytes(b"#CHALLENGE#{sha256}" + bytes(40))
    client.recv()
