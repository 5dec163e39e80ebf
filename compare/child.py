"""The run of a program, inside its fresh interpreter (see `probe.run`).

It imports next to nothing: that is part of the time of each run.
"""

import importlib
import os.path
import signal
import sys


def main():
    """Run the program at a path under a module, with a start method: sys.argv."""
    path, module, method = sys.argv[1:]
    # What a shell runs in its background ignores Ctrl-C, and so would the program.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    mp = importlib.import_module(module)
    mp.set_start_method(method)
    folder, name = os.path.split(path)
    sys.path.insert(0, folder)  # also for spawned workers
    importlib.import_module(os.path.splitext(name)[0]).main(mp)
