"""A script starts a process, without `if __name__ == "__main__"` and with it.

See that under spawn and forkserver the child imports the script, and so comes to the
line that starts a process: there it ends, and the error tells why. Under fork it
imports nothing.
"""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

BODY = """\
mp.set_start_method({!r}, force=True)
child = mp.Process(target=print, args=("the child says hello",))
child.start()
child.join()
print("exit code:", child.exitcode)
"""
GUARD = 'if __name__ == "__main__":\n'


def run(script):
    """Run a script; print what it prints, and its error without the traceback."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.py"
        path.write_text(script)
        ran = subprocess.run([sys.executable, path], capture_output=True, text=True)
    print(ran.stdout, end="")
    print(ran.stderr[ran.stderr.find("RuntimeError:") :], end="")


def main(mp):
    body = BODY.format(mp.get_start_method())
    print("-- without the guard")
    run(f"import {mp.__name__} as mp\n{body}")
    print("-- with it")
    run(f"import {mp.__name__} as mp\n{GUARD}{textwrap.indent(body, '    ')}")
