"""One list in a server process, and each kind of call that a proxy knows.

See that a call is one message there and one back, that a read gives a copy, that a
loop over a dict goes to an iterator which lives in the server, and that an error is a
reply as any other.
"""


def main(mp):
    with mp.Manager() as manager:
        numbers = manager.list([3, 1])
        numbers.append(2)
        numbers.sort()
        print("the list:", numbers)
        copy = numbers[:]
        copy.append(4)
        print("a copy, 4 appended:", copy, "the list:", numbers)
        squares = manager.dict({n: n * n for n in copy})
        for key in squares:
            print("key:", key)
        try:
            numbers[7]
        except IndexError as error:
            print("IndexError:", error)
