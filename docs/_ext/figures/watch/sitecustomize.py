"""Watches how processes begin: each Python that finds this file imports it first.

It writes a line of JSON for each moment to the file that WATCH names: the time in
nanoseconds, who it is, and what it does (see `starts.watched`).
"""

import json
import os
import sys
import time

ROLES = {  # what stands in the command that starts it
    "resource_tracker import": "tracker",
    "forkserver import": "server",
    "import spawn_main": "child",
}


def note(text, **more):
    """Write down *text*, as what this process does now."""
    row = {"at": time.monotonic_ns(), "who": who, "text": text} | more
    os.write(output, json.dumps(row).encode() + b"\n")


def begin_as_copy():
    global who
    of = "the server" if who == "server" else "its parent"
    who = "child"
    note(f"is there, as a copy of {of}")


def listen(event, args):
    """Be the audit hook."""
    if event == "import" and args[0] == "minimp" and who != "parent":
        note("imports minimp")
    elif event == "os.chdir" and who == "child":
        note("goes to the working directory of its parent")


if "WATCH" in os.environ:
    output = os.open(os.environ["WATCH"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.set_inheritable(output, False)
    command = " ".join(sys.orig_argv)
    who = next((role for word, role in ROLES.items() if word in command), "parent")
    if who != "parent":
        note("begins, as a new Python")
    sys.addaudithook(listen)
    os.register_at_fork(after_in_child=begin_as_copy)
