"""A child does not find a function that was typed in.

A function is pickled as the name of its module and its own. What is typed in, or given
by `python -c`, is in `__main__`, which has no file that a child could execute; and the
file of a program that is read from a pipe is called `<stdin>`. Nor has a child of a
fork a function that was written after its start.

Text until 3.11: AttributeError: Can't get attribute 'work' on <module '__main__'
    (built-in)>
Text since 3.12: AttributeError: Can't get attribute 'work' on <module '__main__'
    (<class '_frozen_importlib.BuiltinImporter'>)>
Text: FileNotFoundError: [Errno 2] No such file or directory: '.../<stdin>'
Code: multiprocessing.spawn.get_preparation_data
Do: Write the function into a file and import it; make a `Pool` after its functions.
Read: copy-or-fresh-start#functions-that-were-typed-in
"""

import subprocess
import sys

PROGRAM = """
import {0} as mp
mp.set_start_method("spawn")
def work():
    pass
if __name__ == "__main__":
    process = mp.Process(target=work)
    process.start()
    process.join()
"""


def main(mp):
    program = PROGRAM.format(mp.__name__)
    subprocess.run([sys.executable, "-c", program])
    subprocess.run([sys.executable, "-"], input=program, text=True)
