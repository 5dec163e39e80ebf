"""A forked child that is interrupted at once goes on in the program of its parent.

Ctrl-C reaches both. In the child, nothing catches it yet. You would expect that only
the parent comes back from `start`.
"""

import os

ISSUE = None
PAIR = "process.Popen._launch"
EXPECTED = """\
processes behind start: 1
"""


def main(mp):
    def fork_and_interrupt(fork=os.fork):
        pid = fork()
        if pid == 0:
            raise KeyboardInterrupt
        return pid

    reader, writer = os.pipe()
    os.fork = fork_and_interrupt
    process = mp.Process(target=int)
    try:
        process.start()
    finally:
        os.write(writer, b".")
    process.join()
    print("processes behind start:", len(os.read(reader, 9)))


def has_bug(lines):
    return lines == ["processes behind start: 2"]
