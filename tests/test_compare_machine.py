"""The words about a machine, and those about a record."""

import datetime
import os
import platform

import pytest

from compare import machine

CPUINFO = """\
processor\t: 0
model name\t: Some Processor 9000
flags\t\t: fpu vme {flag}

processor\t: 1
model name\t: Some Processor 9000
flags\t\t: fpu vme {flag}
"""


@pytest.fixture
def on(monkeypatch, tmp_path):
    """Return a function that has the machine be another."""

    def be(cpuinfo, cores, release):
        monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
        if cpuinfo is not None:
            machine.CPUINFO.write_text(cpuinfo)
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)))
        monkeypatch.setattr(platform, "release", lambda: release)
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    return be


def test_machine_in_words(on):
    on(CPUINFO.format(flag="sse"), 4, "6.1.0-13-amd64")
    assert machine.machine() == "Some Processor 9000, 4 cores, Linux 6.1.0 on x86_64"


def test_virtual_machine_says_so(on):
    on(CPUINFO.format(flag="hypervisor"), 1, "6.18.44")
    assert machine.machine() == (
        "Some Processor 9000, 1 core, a virtual machine, Linux 6.18.44 on x86_64"
    )


@pytest.mark.parametrize("cpuinfo", [None, "Hardware\t: who knows\n"])
def test_machine_without_a_model(on, cpuinfo):
    on(cpuinfo, 2, "5.15")
    assert machine.machine() == "x86_64, 2 cores, Linux 5.15 on x86_64"


def test_record_says_where_it_is_from():
    stamp = machine.stamp("bench --record")
    assert stamp["machine"] == machine.machine()
    assert datetime.date.fromisoformat(stamp["date"])
    assert machine.words(stamp | {"date": "2026-01-02", "machine": "a machine"}) == (
        "Measured by `python -m compare bench --record` on 2026-01-02,"
        f" with CPython {platform.python_version()} on a machine."
    )
