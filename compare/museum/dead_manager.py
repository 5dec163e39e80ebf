"""A dead manager is another error each time.

The server was killed. You would expect one kind of error, which names the address.
"""

ISSUE = None
PAIR = "managers.BaseProxy._callmethod"
EXPECTED = """\
kinds of error: 1, which names the address: True
"""


def main(mp):
    manager = mp.Manager()
    shared = manager.list()
    shared[:]
    manager._process.kill()
    manager.join()
    errors = []
    for call in (shared.reverse, shared.reverse, manager.list):
        try:
            call()
        except (EOFError, OSError) as error:
            errors.append(error)
    kinds = len({type(error) for error in errors})
    named = all(manager.address in str(error) for error in errors)
    print(f"kinds of error: {kinds}, which names the address: {named}")


def has_bug(lines):
    return lines[0].endswith(": False")
