"""What minimp says of a task whose worker has ended (see `pools.lost`)."""

import os
import signal


def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    raise SystemExit(3)


def main(mp):
    with mp.Pool(1) as pool:
        for function in (be_killed, leave):
            try:
                pool.apply_async(function).get(timeout=10)
            except mp.ProcessError as error:
                print(f"{type(error).__module__}.{type(error).__name__}: {error}")
