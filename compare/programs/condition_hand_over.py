"""A producer and a consumer hand over one item at a time through a Condition.

See that each waits for a state, not for a call: `wait_for` gives the lock back while
the state is not there and looks again whenever it is notified.
"""

EMPTY = -1
ITEMS = 4


def consume(slot, condition):
    for _ in range(ITEMS):
        with condition:
            condition.wait_for(lambda: slot.value != EMPTY)
            print("consumer takes", slot.value, flush=True)
            slot.value = EMPTY
            condition.notify()


def main(mp):
    slot = mp.RawValue("i", EMPTY)
    condition = mp.Condition()
    child = mp.Process(target=consume, args=(slot, condition))
    child.start()
    for item in range(ITEMS):
        with condition:
            condition.wait_for(lambda: slot.value == EMPTY)
            print("producer puts ", item * item, flush=True)
            slot.value = item * item
            condition.notify()
    child.join()
    with condition:
        print("nobody notifies:", condition.wait(timeout=0.01))
    print(condition)
    try:
        condition.notify()
    except AssertionError as error:
        print("AssertionError:", error)
