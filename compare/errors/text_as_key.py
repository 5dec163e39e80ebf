"""The key is a `str`, and has to be `bytes`.

Text: TypeError: authkey should be a byte string
Text: TypeError: string argument without an encoding
Code: multiprocessing.process.AuthenticationString
Do: Write `authkey=b"..."`, or `key.encode()`.
Read: who-are-you#a-key-that-is-a-text
"""

import importlib
import tempfile

from compare.errors._attempt import attempt


def main(mp):
    managers = importlib.import_module(f"{mp.__name__}.managers")
    connection = importlib.import_module(f"{mp.__name__}.connection")
    with tempfile.TemporaryDirectory() as folder:
        attempt(lambda: connection.Listener(f"{folder}/it", authkey="a key"))
    attempt(lambda: managers.BaseManager(authkey="a key"))
