"""One end of a new pipe travels through another pipe, to a process that runs already.

See that `recv` returns a connection that works: the receiver gets a descriptor of its
own, for the same pipe.
"""


def child(inbox):
    reply = inbox.recv()
    reply.send("by the pipe that came in a message")
    reply.close()


def main(mp):
    outbox, inbox = mp.Pipe()
    process = mp.Process(target=child, args=(inbox,))
    process.start()
    reader, writer = mp.Pipe(duplex=False)
    outbox.send(writer)
    print(reader.recv())
    writer.close()
    process.join()
    print("exit status:", process.exitcode)
