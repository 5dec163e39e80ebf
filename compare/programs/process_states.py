"""A Process from before its start until it is closed.

See that it tells its state in its repr, that the exit code is None until the end, and
that nothing may be asked of it any more when it is closed.
"""

import time


def attempt(what, call):
    try:
        call()
    except ValueError as error:
        print(f"{what}: ValueError: {error}")


def main(mp):
    may_end = mp.Event()
    child = mp.Process(target=may_end.wait, name="child")
    print(child, child.pid, child.exitcode, child.is_alive())
    attempt("its sentinel", lambda: child.sentinel)
    child.start()
    print(child, child.exitcode, child.is_alive())
    attempt("close", child.close)
    may_end.set()
    child.join()
    print(child, child.exitcode, child.is_alive())
    child.close()
    print(child)
    attempt("is_alive", child.is_alive)
    killed = mp.Process(target=time.sleep, args=(600,), name="killed", daemon=True)
    killed.start()
    killed.kill()
    killed.join()
    print(killed)
