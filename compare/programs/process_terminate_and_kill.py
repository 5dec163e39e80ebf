"""Three children that would sleep for ten minutes are asked to end, then made to.

See that `join` returns None whether the child has ended or not, so the exit code has
to be looked at. SIGTERM ends who is not prepared for it; SIGKILL ends everybody.
"""

import signal
import sys
import time


def sleeps(ready):
    ready.set()
    time.sleep(600)


def tidies_up(ready):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("tidied up"))
    sys.stderr = sys.stdout  # so that it is shown here
    sleeps(ready)


def ignores_it(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleeps(ready)


def main(mp):
    for target, patience in [(sleeps, None), (tidies_up, None), (ignores_it, 0.2)]:
        ready = mp.Event()
        child = mp.Process(target=target, args=(ready,))
        child.start()
        ready.wait()
        print(target.__name__)
        print("  join(0.1) returns", child.join(0.1))
        print("  exit code:", child.exitcode)
        child.terminate()
        child.join(patience)
        print("  after terminate():", child.exitcode)
        child.kill()
        child.join()
        print("  after kill():", child.exitcode)
