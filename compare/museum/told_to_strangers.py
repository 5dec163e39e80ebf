"""A stranger who does not know the key is sent the server's traceback.

It has paths, the version, and lines of code. You would expect that a stranger learns
that the proof failed, and nothing else.
"""

import socket

ISSUE = None
PAIR = "managers.Server.handle_request"
EXPECTED = """\
#FAILURE#, and then nothing
"""


def main(mp):
    with mp.Manager() as manager, socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(manager.address)
        stranger.recv(1000)  # the challenge
        stranger.sendall(b"\0\0\0\x28{sha256}" + bytes(32))
        said = b"".join(iter(lambda: stranger.recv(10_000), b""))
    told = "a traceback" if b"Traceback (most recent" in said else said[13:]
    print("#FAILURE#, and then", told or "nothing")


def has_bug(lines):
    return lines == ["#FAILURE#, and then a traceback"]
