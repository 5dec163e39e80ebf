"""Starts a manager, tells its pid, and ends or waits (see `server.endings`)."""

import signal


def main(mp):
    manager = mp.Manager()
    manager.list()
    server = next(one for one in mp.active_children() if one.name.startswith("Sync"))
    print(server.pid, flush=True)
    if input() == "wait":
        signal.pause()
