"""recv_bytes_into leaves bytes out.

The buffer holds items of four bytes, the message six bytes. You would expect that the
bytes stand where the offset says, and all of them.
"""

import array

ISSUE = None
PAIR = "connection.Connection.recv_bytes_into"
EXPECTED = """\
6 bytes received at 2: b'..6 byte....'
"""


def main(mp):
    reader, writer = mp.connection.Pipe(duplex=False)
    buffer = array.array("i", bytes(12))
    writer.send_bytes(b"6 byte")
    size = reader.recv_bytes_into(buffer, 2)
    print(size, "bytes received at 2:", bytes(buffer).replace(b"\0", b"."))


def has_bug(lines):
    return lines == ["6 bytes received at 2: b'6 byte......'"]
