"""The process at the other end of a pipe has closed it, or has ended.

`recv` at the end of the stream raises `EOFError`; `send` to nobody raises
`BrokenPipeError`; and if the other side had not read all, the connection is reset.

Text: EOFError
Text: BrokenPipeError: [Errno 32] Broken pipe
Text: ConnectionResetError: [Errno 104] Connection reset by peer
Code: multiprocessing.connection.Connection._recv
Do: Look why the other process ended; take `EOFError` for the end of a loop of `recv`.
Read: messages-on-a-socket#the-other-end-is-closed
"""

from compare.errors._attempt import attempt


def main(mp):
    ours, theirs = mp.Pipe()
    theirs.close()
    attempt(ours.recv)
    attempt(lambda: ours.send("too late"))
    ours, theirs = mp.Pipe()
    ours.send("never read")
    theirs.close()
    attempt(ours.recv)
