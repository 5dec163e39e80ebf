"""A server without free descriptors spins.

It cannot accept the next client. You would expect that it waits for others to leave.
"""

import os
import resource
import socket
import time

ISSUE = None
PAIR = "managers.Server.accepter"
EXPECTED = """\
the server spins: False
"""


def seconds_of_cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(mp):
    manager = mp.Manager()
    server = manager._process
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, 3))  # keeps what it has
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(manager.address)
        before, deadline = seconds_of_cpu(server.pid), time.monotonic() + 1
        spins = False
        while time.monotonic() < deadline and not spins:
            time.sleep(0.01)
            spins = seconds_of_cpu(server.pid) - before >= 0.05
    print("the server spins:", spins, flush=True)
    server.kill()
    os._exit(0)


def has_bug(lines):
    return lines == ["the server spins: True"]
