"""A pickled proxy leads to somebody else's object.

The object that it stood for is gone. You would expect an error, and not the data of
another.
"""

import pickle

ISSUE = 119937
PAIR = "managers.Server.create"
EXPECTED = """\
the proxy leads to nothing
"""


def main(mp):
    with mp.Manager() as manager:
        parcels = {}  # ident -> pickled proxy of an object that is gone
        for _ in range(300):
            shared = manager.list(["theirs"])
            ident = shared._token.id
            if ident in parcels:
                break
            parcels[ident] = pickle.dumps(shared)
            del shared
        try:
            print("the proxy leads to", pickle.loads(parcels[ident])[:])
        except mp.managers.RemoteError:
            print("the proxy leads to nothing")


def has_bug(lines):
    return lines == ["the proxy leads to ['theirs']"]
