"""The two sides have different keys.

Each side proves that it has the key, by a digest of what the other one sent. The side
that checks finds the digest wrong and says `#FAILURE#`; the other one hears that.

Text: AuthenticationError: digest sent was rejected
Text: AuthenticationError: digest received was wrong
Code: multiprocessing.connection.answer_challenge
Do: Give both the same `authkey`; a proxy that came in a message uses that of its
    process.
Read: who-are-you#the-keys-differ
"""

import importlib

from compare.errors._attempt import attempt


def main(mp):
    connection = importlib.import_module(f"{mp.__name__}.connection")
    listener, client = connection.Pipe()
    listener.send_bytes(b"#CHALLENGE#{sha256}" + bytes(40))
    listener.send_bytes(b"#FAILURE#")
    attempt(lambda: connection.answer_challenge(client, b"another key"))
    listener, client = connection.Pipe()
    client.send_bytes(b"{sha256}" + bytes(32))
    attempt(lambda: connection.deliver_challenge(listener, b"a key"))
