"""Lists that nobody holds when their proxies arrive (see `lifetime.in_flight`)."""

import pickle


def use(numbers):
    try:
        numbers.append(2)
    except Exception as error:
        report("in the child", error)
    else:
        print("in the child: no error", flush=True)


def report(where, error):
    lines = str(error).strip("-\n").splitlines()
    print(f"{where}: {type(error).__name__}: {lines[-1]}", flush=True)


def main(mp):
    with mp.Manager() as manager:
        child = mp.Process(target=use, args=(manager.list(),))
        child.start()
        child.join()
        text = pickle.dumps(manager.list())
        try:
            pickle.loads(text)
        except Exception as error:
            report("unpickled", error)
