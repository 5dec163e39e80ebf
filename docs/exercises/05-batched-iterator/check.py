import multiprocessing

import pytest

from compare.checks import NotMet, expect, requests, within

fork = multiprocessing.get_context("fork")
BATCH, MANY = 100, 1000
ALLOWED = 1 + MANY // BATCH + 1  # `__iter__`, the batches, and one more that is empty


class Source:
    """Its iterator is a generator; knows how many items have been taken."""

    def __init__(self, count):
        self.count, self.taken = count, 0

    def __iter__(self):
        for number in range(self.count):
            self.taken += 1
            yield number

    def how_many_taken(self):
        return self.taken


@pytest.fixture
def manager(answer):
    """A running manager of the learner's, which can also make a `Source`."""

    class Manager(answer.BatchManager):
        pass

    Manager.register("Source", Source, method_to_typeid={"__iter__": "Iterator"})
    with Manager(ctx=fork) as manager:
        yield manager


def at_most(what, came, most):
    """Fail unless `came` is `most` or less."""
    if came > most:
        raise NotMet(what, str(came), f"{most} or less")


def loop(iterable):
    """Return a list of the items; `list(iterable)` would ask for the length, too."""
    items = []
    for item in iterable:
        items.append(item)
    return items


def counted(iterable):
    """Return a list of the items, and how many requests the loop sent."""
    with requests() as sent:
        return within(3, loop, iterable), len(sent)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_1_all_items(manager, count):
    ages = manager.dict(dict.fromkeys(range(count)))
    items, _ = counted(ages)
    expect(f"the keys of a dict of {count}", items, list(range(count)))


def test_2_requests_for_a_dict(manager):
    ages = manager.dict(dict.fromkeys(range(MANY)))
    _, count = counted(ages)
    at_most("requests for a loop over a dict of 1,000 keys", count, ALLOWED)


def test_2_requests_for_a_generator(manager):
    items, count = counted(manager.Source(MANY))
    expect("how many items a generator of 1,000 gives", len(items), MANY)
    at_most("requests for a loop over a generator of 1,000 items", count, ALLOWED)


def test_3_no_more_than_a_batch(manager):
    source = manager.Source(MANY)
    within(2, next, within(2, iter, source))
    taken = within(2, source.how_many_taken)
    at_most("items that the server has taken for one `next`", taken, BATCH)


def test_4_two_loops(manager):
    ages = manager.dict(dict.fromkeys("abc"))
    pairs = within(2, list, zip(ages, ages, strict=False))
    expect("the keys of two loops, side by side", pairs, [(key, key) for key in "abc"])
