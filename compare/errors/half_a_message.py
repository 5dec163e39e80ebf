"""The stream ended in the middle of a message.

A message begins with its length. The other process died during a `send`, or what came
were no messages, such as a request of a browser.

Text: OSError: got end of file during message
Code: multiprocessing.connection.Connection._recv
Do: Look why the other process died, and who else connects to the port.
Read: messages-on-a-socket#the-message-ends-too-early
"""

import os


def main(mp):
    ours, theirs = mp.Pipe()
    os.write(theirs.fileno(), b"GET / HTTP/1.1\r\n")
    theirs.close()
    ours.recv()
