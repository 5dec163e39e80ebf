"""What came with Python 3.14 (see `managed_types.newer`)."""


def main(mp):
    with mp.Manager() as manager:
        numbers, ages = manager.list([1, 2]), manager.dict(Ann=30)
        names = {"manager": manager, "numbers": numbers, "ages": ages}
        for text in (
            "manager.set([1]).copy()",
            "numbers.copy()",
            "numbers.clear()",
            'ages | {"Bob": 40}',
        ):
            try:
                print(f"{text}: {eval(text, names)}")
            except (AttributeError, TypeError) as error:
                print(f"{text}:\n  {type(error).__name__}: {error}")
