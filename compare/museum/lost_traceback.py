"""An exception of the server comes without its traceback.

You would expect to learn which line of the server raised it.
"""

import traceback

ISSUE = 78279
PAIR = "managers.dispatch"
EXPECTED = """\
the traceback names the method that failed: True
"""


class Job:
    def run(self):
        return 1 / 0


def main(mp):
    mp.managers.SyncManager.register("Job", Job)
    with mp.Manager() as manager:
        try:
            manager.Job().run()
        except ZeroDivisionError as error:
            text = "".join(traceback.format_exception(error))
            print("the traceback names the method that failed:", "return 1 / 0" in text)


def has_bug(lines):
    return lines == ["the traceback names the method that failed: False"]
