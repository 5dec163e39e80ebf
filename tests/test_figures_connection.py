"""What the chapters on messages and on the handshake say of their figures is so."""

import pickle
import sys

import pytest

pytest.importorskip("sphinx")

from compare import interpreters
from docs._ext.figures import handshake, messages


def rows(table):
    """Return the cells of a Markdown table, without its head, as tuples."""
    lines = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    return [tuple(cell.strip() for cell in line) for line in lines]


def data(cell):
    return bytes.fromhex(cell.strip("`"))


def test_frames_are_a_length_and_what_it_counts():
    *short, long = rows(messages.frames())
    for _, length, payload in short:
        assert int.from_bytes(data(length), "big") == len(data(payload))
    assert pickle.loads(data(short[-1][2])) == 7
    assert data(long[1]) == b"\xff" * 4 + messages.LONG.to_bytes(8, "big")


def test_a_frame_is_shown_to_its_last_byte():
    length, *pieces = [data(row[0]) for row in rows(messages.one_frame())]
    payload = b"".join(pieces)
    assert int.from_bytes(length, "big") == len(payload)
    assert pickle.loads(payload) == messages.MESSAGE


def test_memory_for_a_long_message():
    """The sender has no copy, the receiver no more than the object."""
    (_, *send), (_, *recv) = rows(messages.memory())
    assert float(send[0]) >= 1 and float(send[1]) == 0
    assert float(recv[0]) >= 2 and float(recv[1]) == 1


def test_frames_of_a_handshake():
    """The function itself checks the answers."""
    table = handshake.conversation()
    assert [row[1][0] for row in table.rows] == ["→", "←", "→", "←", "→", "←"]
    words = [row[1].split("`")[1] for row in table.rows]
    assert words == ["#CHALLENGE#{sha256}", "{sha256}", "#WELCOME#"] * 2


def test_which_python_says_what():
    *theirs, ours = rows(handshake.versions())
    names = ", ".join(cells[0].removeprefix("CPython ") for cells in theirs)
    versions = sorted(interpreters.at_hand(handshake.OLDEST))
    assert names == ", ".join(f"{major}.{minor}" for major, minor in versions)
    new = "`{sha256}`, 40 random bytes", "16 bytes of MD5"
    new += ("`{sha256}`, 32 bytes of SHA-256",)
    old = "20 random bytes", "16 bytes of MD5", "16 bytes of MD5"
    assert ours == ("minimp", *new)
    this = "{}.{}".format(*sys.version_info)
    (said,) = [said for name, *said in theirs if this in name.split(" ", 1)[1]]
    assert tuple(said) == (new if sys.version_info >= (3, 12) else old)


def test_what_a_stranger_is_sent():
    (_, theirs), (_, ours) = rows(handshake.strangers())
    assert ours == "`#CHALLENGE#`, then `#FAILURE#`"
    assert theirs.startswith(f"{ours}, then `#TRACEBACK` with ")
    assert theirs.endswith("AuthenticationError: digest received was wrong`")


def test_who_comes_first():
    found = rows(handshake.visitors())
    assert {ours for _, _, ours in found} == {handshake.NEXT}
    wrong_key, hangs_up, silent = [theirs for _, theirs, _ in found]
    assert wrong_key == "raises `AuthenticationError`"
    assert hangs_up.startswith("raises `")
    assert silent == "waits, and all others wait too"
