"""Three processes put numbers into one Queue.

See that what one of them puts arrives in its order. Between them there is none: each
has a buffer and a thread that sends, and all wait for the same pipe.
"""


def put(name, numbers):
    for number in range(100):
        numbers.put((name, number))


def main(mp):
    numbers = mp.Queue()
    names = ["Ann", "Bob", "Cid"]
    children = [mp.Process(target=put, args=(name, numbers)) for name in names]
    for child in children:
        child.start()
    received = [numbers.get() for _ in range(300)]
    for child in children:
        child.join()
    for name in names:
        own = [number for sender, number in received if sender == name]
        print(f"{name}'s numbers: {len(own)}, in order: {own == sorted(own)}")
    print("the queue is empty:", numbers.empty())
