"""Who a process is, whose child, and which children it has.

See that a name counts the children of one parent, that the main process has no parent,
and that who has ended is no active child.
"""

import importlib


def tell(package, generations):
    mp = importlib.import_module(package)
    me, parent = mp.current_process(), mp.parent_process()
    print(f"{me.name} is a child of {parent.name}", flush=True)
    if generations > 1:
        child = mp.Process(target=tell, args=(package, generations - 1))
        child.start()
        child.join()


def names(processes):
    return sorted(process.name for process in processes)


def main(mp):
    print(f"{mp.current_process().name} is a child of {mp.parent_process()}")
    for generations in (1, 2):
        child = mp.Process(target=tell, args=(mp.__name__, generations))
        child.start()
        child.join()
    may_end = mp.Event()
    children = [mp.Process(target=may_end.wait, name=name) for name in ("Ann", "Bob")]
    print("active:", names(mp.active_children()))
    for child in children:
        child.start()
    print("active:", names(mp.active_children()))
    may_end.set()
    for child in children:
        child.join()
    print("active:", names(mp.active_children()))
