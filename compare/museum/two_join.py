"""Of two threads that join a process, one may find no exit code.

The system tells it once. Here, the thread that it tells is slow to write it down. You
would expect that both find it.
"""

import os
import sys
import threading
import time

ISSUE = 148318
PAIR = "process.Popen.poll"
EXPECTED = """\
exit codes: 3 3
"""


def main(mp):
    def slow_waitpid(*args, ask=os.waitpid):
        answer = ask(*args)
        time.sleep(0.2)
        return answer

    process, codes = mp.Process(target=sys.exit, args=(3,)), []
    process.start()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    os.waitpid = slow_waitpid

    def ask():
        process.join()
        codes.append(str(process.exitcode))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("exit codes:", *sorted(codes))


def has_bug(lines):
    return lines == ["exit codes: 3 None"]
