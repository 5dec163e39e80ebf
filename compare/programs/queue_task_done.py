"""Three workers take numbers from a JoinableQueue until None comes.

See that `join` waits until `task_done` was called for each number: when it returns,
all results are there. Empty is the queue long before.
"""


def work(tasks, results):
    for number in iter(tasks.get, None):
        results.put(number**2)
        tasks.task_done()
    tasks.task_done()  # also None was put


def main(mp):
    tasks, results = mp.JoinableQueue(), mp.SimpleQueue()
    workers = [mp.Process(target=work, args=(tasks, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(1, 11):
        tasks.put(number)
    tasks.join()
    print("done:", sorted(results.get() for _ in range(10)))
    for _ in workers:
        tasks.put(None)
    tasks.join()
    for worker in workers:
        worker.join()
    print("exit codes:", [worker.exitcode for worker in workers])
    try:
        tasks.task_done()
    except ValueError as error:
        print("ValueError:", error)
