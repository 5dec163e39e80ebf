"""A global that the parent changes before it starts a child.

See that under fork the child has the change: it is a copy of the parent. Under spawn
and forkserver it imports the module anew, and has only what it is given. What the
child changes, the parent never sees.
"""

greeting = "as imported"


def look(given):
    global greeting
    print("the child finds:   ", greeting)
    print("the child is given:", given)
    greeting = "changed by the child"


def main(mp):
    global greeting
    greeting = "changed by the parent"
    child = mp.Process(target=look, args=(greeting,))
    child.start()
    child.join()
    print("the parent finds:  ", greeting)
