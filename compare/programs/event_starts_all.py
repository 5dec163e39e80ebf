"""Three processes wait for one Event.

See that `set` lets all of them go and that it stays set: who comes later does not wait
at all. `wait` says whether the event was set or time ran out.
"""

WORKERS = 3


def work(number, go, found):
    found[number] = go.wait()


def main(mp):
    go = mp.Event()
    found = mp.Array("b", WORKERS)
    print(go, go.is_set(), go.wait(timeout=0.01))
    children = [
        mp.Process(target=work, args=(number, go, found)) for number in range(WORKERS)
    ]
    for child in children:
        child.start()
    print("before set:", found[:])
    go.set()
    for child in children:
        child.join()
    print("after set: ", found[:])
    print(go, go.is_set(), go.wait())
    go.clear()
    print(go.is_set())
