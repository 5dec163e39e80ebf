"""A connection was used in a direction that it does not have, or after `close`.

A message longer than `maxlength` is left unread, so nothing can be received any more:
after `bad message length` the connection says that it is write-only.

Text: OSError: bad message length
Text: OSError: connection is write-only
Text: OSError: connection is read-only
Text: OSError: handle is closed
Code: multiprocessing.connection._ConnectionBase
Do: Use the other end, or a larger `maxlength`; close an end after its last use.
Read: messages-on-a-socket#the-wrong-direction-or-none
"""

from compare.errors._attempt import attempt


def main(mp):
    ours, theirs = mp.Pipe()
    ours.send_bytes(b"too long")
    attempt(lambda: theirs.recv_bytes(maxlength=3))
    attempt(theirs.recv_bytes)
    theirs.close()
    attempt(lambda: theirs.send(1))
    reader, writer = mp.Pipe(duplex=False)
    attempt(lambda: reader.send(1))
    attempt(writer.recv)
