"""The ways in which a process ends, and the exit code of each.

See that what the function returns is lost, that an error makes 1 and is printed there,
and that a signal makes its number, negative.
"""

import os
import signal
import sys


def returns():
    return "nobody gets this"


def raises():
    raise ValueError("why")


def exits():
    sys.exit()


def exits_with_3():
    sys.exit(3)


def exits_with_a_text():
    sys.exit("That is all.")


def leaves_at_once():
    os._exit(4)


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def end(ending):
    sys.stderr = sys.stdout  # so that it is shown here
    sys.tracebacklimit = 0  # the lines of code are left out
    ending()


def main(mp):
    endings = [returns, raises, exits, exits_with_3, exits_with_a_text]
    for ending in [*endings, leaves_at_once, is_killed]:
        name = ending.__name__
        child = mp.Process(target=end, args=(ending,), name=name)
        child.start()
        child.join()
        print(f"{name}: {child.exitcode}")
