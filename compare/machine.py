"""Says in words where figures were measured; each record of figures has that."""

import datetime
import os
import platform
import re
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


def machine():
    """Return processor, cores and system, in words.

    The cores are those that this process may use: of a container, for example.
    """
    cpuinfo = CPUINFO.read_text("utf-8") if CPUINFO.exists() else ""
    model = re.search(r"^model name\s*: (.+)", cpuinfo, re.MULTILINE)
    virtual = re.search(r"^flags\b.* hypervisor\b", cpuinfo, re.MULTILINE)
    cores = len(os.sched_getaffinity(0))
    release = re.match(r"[\d.]*\d", platform.release())
    return ", ".join(
        [
            model[1] if model else platform.machine(),
            f"{cores} core{'s' * (cores > 1)}",
            *(["a virtual machine"] if virtual else []),
            f"{platform.system()} {release[0]} on {platform.machine()}",
        ]
    )


def stamp(command):
    """Return what a record says of itself, as a dict of str.

    `command` is the one that makes the record, such as "bench --record".
    """
    return {
        "machine": machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "date": datetime.date.today().isoformat(),
        "command": f"python -m compare {command}",
    }


def words(record):
    """Return where and when a record was made, as one sentence of Markdown."""
    return (
        f"Measured by `{record['command']}` on {record['date']},"
        f" with {record['python']} on {record['machine']}."
    )
