"""Statements that use proxies, one after another (see `proxy.messages`).

After each, the event is asked whether it is set: so a recorded conversation can be cut
into what belongs to one statement.
"""

STATEMENTS = (
    "numbers[5]",
    "numbers[5] += 1",
    "numbers[:]",
    "numbers.append(7)",
    "repr(numbers)",
    "str(numbers)",
    "sum(numbers[:])",
    "sum(numbers)",
    "7 in numbers",
    "numbers == 7",
    "for key in ages: pass",
    "for key in ages.keys(): pass",
    "made = manager.list()",
    "del made",
)


def main(mp):
    with mp.Manager() as manager:
        names = {
            "manager": manager,
            "numbers": manager.list(range(10)),
            "ages": manager.dict(dict.fromkeys(range(10))),
        }
        event = manager.Event()
        event.is_set()
        for statement in STATEMENTS:
            exec(statement, names)
            event.is_set()
