"""What the heap refuses, and in which words.

See which sizes it refuses itself and which the system does, and that large blocks run
out of descriptors before they run out of memory: each has an arena of its own, and an
arena has two descriptors.
"""

import importlib
import os
import resource
import sys

LIMIT = 64  # open files
LARGE = 4 * 1024**2  # bytes; takes memory only where it is written


def main(mp):
    new = importlib.import_module(f"{mp.__name__}.heap").BufferWrapper
    for size in (-1, sys.maxsize, "8"):
        try:
            new(size)
        except Exception as error:  # which one it is, is the question
            print(f"BufferWrapper({size!r}): {type(error).__name__}: {error}")
    try:
        new(2**50)
    except OSError:
        print("BufferWrapper(2**50): an OSError of the system")

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, most))
    held = []
    try:
        for _ in range(LIMIT):
            held.append(new(LARGE))
    except OSError as error:
        print(f"too many blocks: OSError: {os.strerror(error.errno)}")
    print(f"after fewer than {LIMIT // 2} blocks:", len(held) < LIMIT // 2)
