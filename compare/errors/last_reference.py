"""A proxy arrived when its object was already gone.

A pickled proxy holds no reference. If the sender drops its own before the receiver has
loaded the pickle, the object dies. Under CPython you may also reach another object, for
its ident, an address, is used again.

Text: RemoteError
Text: KeyError: '...'
minimp: RemoteError
minimp: KeyError: "no object '...' here: its last reference is gone, or it was made by a
    server that was here before"
Code: multiprocessing.managers.Server.incref
Do: Keep the proxy in a variable until the other side has it.
Read: references-and-lifetime#the-argument-is-gone-when-it-arrives
"""

import pickle


def main(mp):
    with mp.Manager() as manager:
        pickle.loads(pickle.dumps(manager.list()))
