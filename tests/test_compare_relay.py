"""What goes through the relay arrives, whole, and is written down."""

import os
import signal
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare import probe, relay, wire

# --- streams are cut into frames ---------------------------------------------


def framed(payload, long=False):
    size = len(payload)
    head = struct.pack("!iQ", -1, size) if long else struct.pack("!i", size)
    return head + payload


def taken(*pieces):
    """Return the payloads taken from a stream that comes in pieces, and the rest."""
    found, rest = [], bytearray()
    for piece in pieces:
        rest += piece
        found += relay.take_frames(rest)
    return found, rest


@given(
    st.lists(st.tuples(st.binary(max_size=30), st.booleans())),
    st.integers(1, 12),
)
def test_frames_come_whole_however_they_are_cut(messages, size):
    stream = b"".join(framed(*one) for one in messages)
    pieces = [stream[i : i + size] for i in range(0, len(stream), size)]
    assert taken(*pieces) == ([payload for payload, _ in messages], b"")


@given(st.binary(max_size=40), st.integers(0, 100))
def test_incomplete_frame_waits(payload, cut):
    frame = framed(payload, long=True)[:cut]
    whole = len(frame) == len(payload) + 12
    assert taken(framed(b"a") + frame) == (
        ([b"a", payload], b"") if whole else ([b"a"], frame)
    )


def test_text_is_taken_as_it_comes():
    found = [b"a", b"GET / HTTP", b"Host: x"]
    assert taken(framed(b"a") + b"GET / HTTP", b"Host: x") == (found, b"")
    long = struct.pack("!iQ", -1, 2**60)
    assert taken(long) == ([long], b"")


# --- connections go through it -----------------------------------------------


REFUSED = """
import importlib

def main(mp):
    connection = importlib.import_module(mp.__name__ + ".connection")
    for address in {addresses!r}:
        try:
            connection.Client(address)
        except OSError as error:
            print(type(error).__name__, error)
"""


@pytest.mark.parametrize("impl", probe.MODULES)
def test_errors_of_connecting_are_the_same(program, impl):
    # Port 1 is nobody's; .invalid is no name by definition.
    addresses = ["/nowhere/at all", ("127.0.0.1", 1), ("name.invalid", 1)]
    path = program(REFUSED.format(addresses=addresses))
    direct = probe.run(path, impl, "fork")
    one = wire.record(path, impl)
    assert direct.failure == ""
    assert one.run.stdout == direct.stdout
    assert one.run.stdout.startswith("FileNotFoundError ")
    assert one.messages == []


TCP = """
import importlib

def serve(listener):
    with listener.accept() as conn:
        conn.send([conn.recv()])

def main(mp):
    connection = importlib.import_module(mp.__name__ + ".connection")
    with connection.Listener(("127.0.0.1", 0), authkey=b"key") as listener:
        child = mp.Process(target=serve, args=(listener,))
        child.start()
        with connection.Client(listener.address, authkey=b"key") as conn:
            conn.send("x")
            print(conn.recv())
        child.join()
"""


@pytest.mark.parametrize("impl", probe.MODULES)
def test_tcp(program, impl):
    one = wire.record(program(TCP), impl)
    assert (one.run.stdout, one.run.failure) == ("['x']\n", "")
    assert [m.text for m in one.messages][-2:] == ["'x'", "['x']"]
    assert {m.client for m in one.messages} == {"MainProcess"}


TEXT = """
import socket

def main(mp):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        with server.accept()[0] as conn:
            for text in (b"GET / HTTP", b"\\0\\0"):  # too short for a head
                client.sendall(text)
                print(conn.recv(100))
"""


def test_nothing_is_kept_back(program):
    one = wire.record(program(TEXT), "minimp")
    assert (one.run.stdout, one.run.stderr) == ("b'GET / HTTP'\nb'\\x00\\x00'\n", "")
    assert [(m.kind, m.text) for m in one.messages] == [
        ("unknown", "<10 bytes>"),
        ("unknown", "<2 bytes>"),
    ]


HANGS_UP = """
import importlib

def serve(listener):
    with listener.accept() as conn:
        try:
            conn.recv()
        except EOFError:
            print("the client has hung up", flush=True)

def main(mp):
    connection = importlib.import_module(mp.__name__ + ".connection")
    with connection.Listener() as listener:
        child = mp.Process(target=serve, args=(listener,), daemon=True)
        child.start()
        connection.Client(listener.address).close()
        child.join(10)
        print(child.exitcode)
"""


@pytest.mark.parametrize("impl", probe.MODULES)
def test_server_sees_that_a_client_hangs_up(program, impl):
    one = wire.record(program(HANGS_UP), impl)
    assert one.run.stdout == "the client has hung up\n0\n"


RUNS_AWAY = """
import os, time

def main(mp):
    with mp.Manager() as manager:
        shared = manager.list()
        if os.fork() == 0:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            shared.append(1)
            with open({path!r} + ".new", "w") as file:
                file.write(str(os.getpid()))
            os.rename({path!r} + ".new", {path!r})
            time.sleep(1000)
        while not os.path.exists({path!r}):
            time.sleep(0.01)
"""


def test_process_that_runs_away_keeps_nobody_waiting(program, monkeypatch, tmp_path):
    monkeypatch.setattr(relay, "GRACE", 0.2)
    pid = tmp_path / "pid"
    began = time.monotonic()
    try:
        one = wire.record(program(RUNS_AWAY.format(path=str(pid))), "minimp")
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert time.monotonic() - began < 15
    assert one.run.failure == ""
    assert any("'append'" in m.text for m in one.messages)


def test_killed_client_does_no_harm(program):
    one = wire.record(
        program(
            """
            import os, signal

            def work(shared):
                shared.append(1)
                os.kill(os.getpid(), signal.SIGKILL)

            def main(mp):
                with mp.Manager() as manager:
                    shared = manager.list()
                    child = mp.Process(target=work, args=(shared,))
                    child.start()
                    child.join()
                    print(child.exitcode, shared)
            """
        ),
        "minimp",
    )
    assert (one.run.stdout, one.run.stderr) == ("-9 [1]\n", "")


# --- all that the program starts ---------------------------------------------


@pytest.mark.parametrize("impl", probe.MODULES)
def test_descriptors_go_through(impl):
    one = wire.record("connection_in_a_message", impl)
    assert one.run.failure == ""
    assert one.run.stdout == probe.run("connection_in_a_message", impl, "fork").stdout
    assert one.messages


TWO_PYTHONS = """
import subprocess, sys

CODE = "import sys; from {0} import connection as c; c.Client({1!r}).send({2!r})"

def main(mp):
    import importlib
    connection = importlib.import_module(mp.__name__ + ".connection")
    with connection.Listener() as listener:
        for word in ("one", "two"):
            code = CODE.format(mp.__name__, listener.address, word)
            with subprocess.Popen([sys.executable, "-P", "-c", code]):
                with listener.accept() as conn:
                    print(conn.recv())
"""


@pytest.mark.parametrize("impl", probe.MODULES)
def test_programs_that_it_starts_are_heard(program, impl):
    """They have one name, and are told apart."""
    one = wire.record(program(TWO_PYTHONS), impl)
    assert (one.run.stdout, one.run.stderr) == ("one\ntwo\n", "")
    assert [(m.client, m.text) for m in one.messages] == [
        ("MainProcess", "'one'"),
        ("MainProcess (2)", "'two'"),
    ]


def test_what_started_the_verb_is_not_led_to_the_relay():
    before = dict(os.environ)
    wire.record("manager_refusals", "minimp")
    assert dict(os.environ) == before
