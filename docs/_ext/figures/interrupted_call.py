"""What the calls after an interrupted one return (see `proxy.interrupted`)."""

import signal


class Alarm(Exception):
    pass


def ring(signum, frame):
    raise Alarm


def main(mp):
    signal.signal(signal.SIGALRM, ring)
    with mp.Manager() as manager:
        event, ages = manager.Event(), manager.dict(Ann=30, Bob=40)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            event.wait(0.3)
        except Alarm:
            print("event.wait(0.3): interrupted by the alarm")
        print("ages['Ann']:", ages["Ann"])
        print("ages['Bob']:", ages["Bob"])
        print("len(ages):  ", len(ages))
