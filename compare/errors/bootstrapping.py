"""A process or manager is started at the top of a module, without the `if`.

A child that is not forked imports your program anew; there the same line would start
another child, and so on. Python stops that. The manager's process has died of it, and
`Manager()` raises an `EOFError` without a text.

Text: RuntimeError: An attempt has been made to start a new process before the current
    process has finished its bootstrapping phase.
Text: EOFError
Code: multiprocessing.spawn._check_not_importing_main
Do: Put all that starts something below `if __name__ == "__main__":`.
Read: copy-or-fresh-start#the-guard-is-missing
"""

import os
import subprocess
import sys
import tempfile

PROGRAM = """\
import multiprocessing, {0}
multiprocessing.set_start_method("spawn", force=True)
{0}.Manager()
"""


def main(mp):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program.py")
        with open(path, "w") as file:
            file.write(PROGRAM.format(mp.__name__))
        subprocess.run([sys.executable, path])
