"""Two global locks, and a child that asks for both (see `semaphores.global_locks`)."""

import multiprocessing

import minimp

at_the_top = {module.__name__: module.Lock() for module in (multiprocessing, minimp)}


def main(mp):
    global in_main
    in_main = mp.Lock()
    with in_main, at_the_top[mp.__name__]:
        child = mp.Process(target=ask, args=(mp.__name__,))
        child.start()
        child.join()


def ask(name):
    try:
        tell(in_main)
    except NameError as error:
        print(f"`NameError: {error}`")
    tell(at_the_top[name])


def tell(lock):
    print("gets it" if lock.acquire(block=False) else "would wait")
