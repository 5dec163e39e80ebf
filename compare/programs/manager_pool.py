"""Two workers of a Pool change one dict and one list, which a third process holds.

See that the workers get proxies, as arguments of their tasks, and that every change is
there for all. A Barrier has both workers take part, whichever the Pool starts first.
"""


def change(name, numbers, shared_dict, shared_list, both):
    both.wait(30)  # seconds; then neither worker can do both tasks
    for number in numbers:
        shared_dict[name, number] = number**2
        shared_list.append(number)
    return len(numbers)


def main(mp):
    with mp.Manager() as manager:
        shared_dict = manager.dict({"start": 0})
        shared_list = manager.list([0])
        both = manager.Barrier(2)
        tasks = [
            (name, numbers, shared_dict, shared_list, both)
            for name, numbers in {"odd": [1, 3, 5], "even": [2, 4]}.items()
        ]
        with mp.Pool(2) as pool:
            print("changes:", pool.starmap(change, tasks, chunksize=1))
        for key, value in sorted(shared_dict.items(), key=str):
            print(f"dict[{key!r}] = {value}")
        print("list:", sorted(shared_list))
        print("a proxy:", type(shared_dict).__name__, "of", shared_dict[("odd", 5)])
        print("a copy: ", type(shared_dict.copy()).__name__, len(shared_dict))
