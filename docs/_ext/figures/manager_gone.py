"""What calls raise when the manager has ended (see `proxy.gone`)."""

import threading
import traceback


def ended(mp, how):
    """Return a manager that has ended, and two proxies; the first has been used."""
    manager = mp.Manager()
    used, fresh = manager.list([1]), manager.Event()
    used.reverse()
    if how == "kill":
        manager._process.kill()
        manager._process.join()
    else:
        manager.shutdown()
    return manager, used, fresh


def report(call):
    try:
        call()
    except Exception as error:
        lines = "".join(traceback.format_exception(error)).splitlines()
        heads = [line for line in lines if line and line[0] not in ' "T']
        print(*heads, sep="\t")


def from_a_thread(call):
    thread = threading.Thread(target=report, args=(call,))
    thread.start()
    thread.join()


def main(mp):
    _, used, fresh = ended(mp, "kill")
    report(used.reverse)
    report(used.reverse)
    from_a_thread(fresh.is_set)
    _, used, fresh = ended(mp, "shut down")
    from_a_thread(fresh.is_set)
    with mp.Manager() as manager:
        event = manager.Event()
        event.is_set()
        timer = threading.Timer(0.1, manager._process.kill)
        timer.start()
        report(event.wait)
        timer.join()
