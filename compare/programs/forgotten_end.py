"""A child sends one message and ends; does its parent learn that no more will come?

See that the stream ends only when nobody has the other end open: as long as the parent
keeps its own copy of the child's end, the system cannot know that nobody will write.
"""


def child(connection):
    connection.send("the only message")


def main(mp):
    ours, theirs = mp.Pipe()
    process = mp.Process(target=child, args=(theirs,))
    process.start()
    print("received:", ours.recv())
    process.join()
    print("is there more, or the end?", ours.poll(0.2))
    theirs.close()
    print("and now?", ours.poll(0.2))
    try:
        ours.recv()
    except EOFError:
        print("EOFError")
