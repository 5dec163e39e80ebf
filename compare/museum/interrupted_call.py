"""After an interrupted call, every answer belongs to the question before.

A signal ends a call early: Ctrl-C, or a time limit. You would expect that the next call
gets its own answer.
"""

import signal

ISSUE = None
PAIR = "managers.BaseProxy._callmethod"
EXPECTED = """\
a: value of a
b: value of b
"""


def main(mp):
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    with mp.Manager() as manager:
        event = manager.Event()
        values = manager.dict(a="value of a", b="value of b")
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            event.wait(0.3)
        except KeyboardInterrupt:
            print("a:", values["a"])
            print("b:", values["b"])


def has_bug(lines):
    return lines == ["a: False", "b: value of a"]
