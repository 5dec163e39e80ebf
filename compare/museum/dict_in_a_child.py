"""A child cannot loop over a shared dict.

You would expect the keys: the same loop works in the parent.
"""

ISSUE = 99595
PAIR = "managers.BaseProxy._callmethod"
EXPECTED = """\
parent: ['a', 'b']
child: ['a', 'b']
"""


def look(shared):
    try:
        print("child:", list(shared), flush=True)
    except AttributeError as error:
        print("child:", error, flush=True)


def main(mp):
    with mp.Manager() as manager:
        shared = manager.dict(a=1, b=2)
        print("parent:", list(shared), flush=True)
        child = mp.Process(target=look, args=(shared,))
        child.start()
        child.join()


def has_bug(lines):
    return lines[1:] == ["child: 'NoneType' object has no attribute '_registry'"]
