"""A child uses a Value that its parent has dropped (see `values_life.dropped`)."""


def main(mp):
    may_look = mp.Event()
    child = mp.Process(target=look, args=(mp.Value("i", 7), may_look))
    child.start()
    other = mp.Value("i", 9)
    may_look.set()
    child.join()
    del other


def look(v, may_look):
    may_look.wait()
    print(v.value)
