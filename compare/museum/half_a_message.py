"""send_bytes announces a message and does not send it.

The bytes are those of every second item, so they are not in one piece. You would expect
that they are refused before anything is sent.
"""

ISSUE = None
PAIR = "connection.Connection._send_bytes"
EXPECTED = """\
the next message arrives: b'next'
"""


def main(mp):
    reader, writer = mp.connection.Pipe(duplex=False)
    try:
        writer.send_bytes(memoryview(bytes(40_000))[::2])
    except (BufferError, TypeError):
        writer.send_bytes(b"next")
    writer.close()
    try:
        print("the next message arrives:", reader.recv_bytes())
    except (EOFError, OSError) as error:
        print("the next message arrives:", type(error).__name__)


def has_bug(lines):
    return lines == ["the next message arrives: OSError"]
