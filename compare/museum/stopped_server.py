"""A manager waits for ever for a server that does not answer.

The server was stopped. You would expect that `shutdown` ends it after its timeout.
"""

import os
import signal
import threading

ISSUE = None
PAIR = "managers.BaseManager._finalize_manager"
EXPECTED = """\
shutdown has ended: True
"""


def main(mp):
    manager = mp.managers.SyncManager(shutdown_timeout=0.2)
    manager.start()
    server, shutdown = manager._process, manager.shutdown
    os.kill(server.pid, signal.SIGSTOP)
    thread = threading.Thread(target=shutdown, daemon=True)
    thread.start()
    thread.join(0.8)
    print("shutdown has ended:", not thread.is_alive())
    server.kill()
    thread.join()


def has_bug(lines):
    return lines == ["shutdown has ended: False"]
