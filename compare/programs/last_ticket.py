"""Two processes sell one ticket: a look and an act, with a gap between them.

See that a lock around the act alone does not help: what was true when they looked is
no longer true when they act. A barrier makes both look before either acts.
"""


def sell(tickets, both_have_looked, result):
    if tickets.value > 0:
        both_have_looked.wait()
        with tickets:
            tickets.value -= 1
            result.value += 1


def sell_safely(tickets, both_are_there, result):
    both_are_there.wait()
    with tickets:  # around the look and the act
        if tickets.value > 0:
            tickets.value -= 1
            result.value += 1


def main(mp):
    for seller in (sell, sell_safely):
        lock = mp.RLock()
        tickets, sold = mp.Value("i", 1, lock=lock), mp.Value("i", 0, lock=lock)
        barrier = mp.Barrier(2)
        children = [
            mp.Process(target=seller, args=(tickets, barrier, sold)) for _ in range(2)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join()
        print(f"{seller.__name__}: sold {sold.value}, left {tickets.value}")
