"""A message may announce any length, and memory is asked for at once.

A peer announces 2**50 bytes. You would expect an error that says what is wrong.
"""

import socket
import struct

ISSUE = 121313
PAIR = "connection.Connection._recv_bytes"
EXPECTED = """\
OSError
"""


def main(mp):
    ours, theirs = socket.socketpair()
    theirs.sendall(struct.pack("!iQ", -1, 2**50))
    theirs.close()
    try:
        mp.connection.Connection(ours.detach()).recv_bytes()
    except (MemoryError, OSError, EOFError) as error:
        print(type(error).__name__)


def has_bug(lines):
    return lines == ["MemoryError"]
