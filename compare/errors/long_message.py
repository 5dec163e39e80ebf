"""A length came that no machine has memory for.

What came is no message, or its sender is no friend: CPython asks for that much memory
at once, or since 3.14 reads on until the stream ends. minimp looks at the length first.

Text until 3.13: MemoryError
Text since 3.14: EOFError
minimp: OSError: message of 1125899906842624 bytes announced, at most 1099511627776 are
    accepted
Code: multiprocessing.connection.Connection._recv_bytes
Do: Look who writes to the pipe or connects to the port.
Read: messages-on-a-socket#a-length-that-nobody-accepts
"""

import os


def main(mp):
    ours, theirs = mp.Pipe()
    os.write(theirs.fileno(), b"\xff\xff\xff\xff" + (1 << 50).to_bytes(8))
    theirs.close()
    ours.recv()
