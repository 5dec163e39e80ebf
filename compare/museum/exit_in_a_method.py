"""A method that raises SystemExit leaves its caller without an answer.

You would expect to hear what it raised.
"""

ISSUE = None
PAIR = "managers.Server.serve_client"
EXPECTED = """\
RemoteError, which names SystemExit: True
"""


class Job:
    def run(self):
        raise SystemExit("no input")


def main(mp):
    mp.managers.SyncManager.register("Job", Job)
    with mp.Manager() as manager:
        try:
            manager.Job().run()
        except Exception as error:
            named = "SystemExit: no input" in str(error)
            print(f"{type(error).__name__}, which names SystemExit: {named}")


def has_bug(lines):
    return lines == ["EOFError, which names SystemExit: False"]
