"""What a manager sends to a stranger (see `handshake.strangers`).

A message that is a pickle is read, not loaded.
"""

import socket

from compare import pickles


def frames(data):
    while data:
        size = int.from_bytes(data[:4], "big")
        yield data[4 : 4 + size]
        data = data[4 + size :]


def in_words(frame):
    if frame.startswith(b"#"):
        return f"`{frame[:11].decode()}`"
    kind, text = pickles.decode(frame)
    first, *_, last = text.strip().split("\n")
    paths = sum("File" in line for line in text.split("\n"))
    return f"`{kind}` with {paths} file names and `{last}`"


def main(mp):
    with mp.Manager() as manager, socket.socket(socket.AF_UNIX) as s:
        s.connect(manager.address)
        s.sendall(b"\0\0\0\x10" + bytes(16))
        received = b"".join(iter(lambda: s.recv(10_000), b""))
    for frame in frames(received):
        print(in_words(frame))
