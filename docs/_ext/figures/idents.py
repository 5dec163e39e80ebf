"""How many idents 200 lists get, of which one lives at a time (see `server`)."""


def main(mp):
    with mp.Manager() as manager:
        print(len({manager.list()._token.id for _ in range(200)}))
