"""What was recorded becomes messages, is shown as lanes, and is compared."""

import json
import os
import pickle
import platform
import re
from multiprocessing.pool import ExceptionWithTraceback

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compare import __main__ as verbs
from compare import probe, relay, wire

HANDSHAKE = 6  # frames


@pytest.fixture(scope="module")
def calls():
    """Both conversations of `manager_calls`, CPython's first."""
    found = [wire.record("manager_calls", impl) for impl in probe.MODULES]
    assert [(one.run.failure, one.run.stderr) for one in found] == [("", "")] * 2
    return found


# --- frames become messages --------------------------------------------------


def read(*frames):
    """Read frames given as (client, connection, asks, payload or object)."""
    return wire._Reader().messages(
        relay.Frame(
            *(client, number, "/tmp/address", asks),
            one if isinstance(one, bytes) else pickle.dumps(one),
        )
        for client, number, asks, one in frames
    )


def conversation(messages, impl="minimp"):
    """Return a Conversation that consists of these."""
    run = probe.Transcript("program", impl, "fork", "", "", 0, 0.0)
    return wire.Conversation(run, messages)


def test_ident_that_comes_again_is_another_object():
    create = None, "create", ("list", [1]), {}
    made = "#RETURN", ("7f01", ("append",))
    call = "7f01", "append", (2,), {}
    messages = read(
        ("A", 1, True, create), ("A", 1, False, made), ("A", 1, True, call),
        ("A", 1, True, create), ("A", 1, False, made), ("A", 1, True, call),
        ("B", 2, True, call),
        ("B", 3, True, create), ("B", 3, False, made), ("B", 3, True, call),
        ("A", 1, True, call),
    )  # fmt: skip
    assert [one.about for one in messages if one.kind == "object"] == (
        ["list 1", "list 2", "list 2", "list 1", "list 2"]
    )
    assert messages[5].text == "(<list 2>, 'append', (2,), {})"
    assert messages[4].text == "('#RETURN', (<list 2>, ('append',)))"
    assert [one.kind for one in messages[:3]] == ["server", "server", "object"]


def test_maker_is_named_only_where_there_are_two():
    create, made = (None, "create", ("list",), {}), ("#RETURN", ("7f", ()))
    frames = [
        ("A", 1, True, create), ("A", 1, False, made),
        ("B", 2, True, ("7f", "get", ("7f",), {})),
    ]  # fmt: skip
    *_, last = read(*frames)
    assert (last.about, last.text) == ("list 1", "(<list 1>, 'get', (<list 1>,), {})")
    *_, last, _, _ = read(*frames, ("B", 2, True, create), ("B", 2, False, made))
    assert last.about == "list 1 of A"
    assert last.text == "(<list 1 of A>, 'get', (<list 1 of A>,), {})"


def test_object_nobody_saw_being_made_has_a_name():
    messages = read(("A", 1, True, ("7f", "get", (), {})), ("A", 1, False, ("#", 1)))
    assert [one.about for one in messages] == ["object 1"] * 2
    assert messages[0].text == "(<object 1>, 'get', (), {})"


def test_what_is_no_request_is_shown_as_it_is():
    messages = read(
        ("A", 1, True, [1, 2]),
        ("A", 1, False, ("#RETURN", 5)),
        ("A", 1, True, b"GARBAGE"),
        ("A", 1, True, ([], "get", (), {})),
    )
    assert [one.kind for one in messages] == ["unknown"] * 4
    assert [one.text for one in messages] == [
        "[1, 2]",
        "('#RETURN', 5)",
        "<7 bytes>",
        "([], 'get', (), {})",
    ]
    assert messages[2].size == 7


VALUES = st.recursive(
    st.none()
    | st.binary()
    | st.sampled_from(["", "#RETURN", "#PROXY", "create", "7f"]),
    lambda inner: st.tuples(inner, inner) | st.tuples(inner, inner, inner, inner),
)


@given(st.lists(st.tuples(st.booleans(), st.binary() | VALUES)))
@example([(True, ("7f", "x", (), {})), (False, ("#TRACEBACK", ""))])
@example([(True, (None, "accept_connection", 5, {}))])
def test_whatever_comes_is_shown(said):
    messages = read(*[("A", 1, asks, one) for asks, one in said])
    assert [one.asks for one in messages] == [asks for asks, _ in said]
    assert len(wire.rows(conversation(messages))) == len(said)


def test_refused_handshake_is_shown_frame_by_frame():
    random, mac = os.urandom(40), os.urandom(32)
    messages = read(
        ("A", 1, False, b"#CHALLENGE#{sha256}" + random),
        ("A", 1, True, b"{sha256}" + mac),
        ("A", 1, False, b"#FAILURE#"),
    )
    rows = wire.rows(conversation(messages))
    assert [row.wire for row in rows] == [
        "← #CHALLENGE#{sha256}<40 random bytes>",
        "→ {sha256}<MAC, 32 bytes>",
        "← #FAILURE#",
    ]


def test_handshake_that_stops_is_shown_as_far_as_it_went():
    messages = read(
        ("A", 1, False, b"#CHALLENGE#" + os.urandom(20)),
        ("A", 1, True, os.urandom(16)),
    )
    rows = wire.rows(conversation(messages))
    assert [row.wire for row in rows] == [
        "← #CHALLENGE#<20 random bytes>",
        "→ <MAC, 16 bytes>",
    ]


TRACE = '\n"""\nTraceback (most recent call last):\n  File "a"\n    x\nKeyError\n"""'
REQUEST = "7f", "get", (), {}


def test_error_is_compared_without_its_traceback():
    error = ExceptionWithTraceback(KeyError("a"), None)
    error.tb = TRACE
    alone, along = [
        read(("A", 1, True, REQUEST), ("A", 1, False, ("#ERROR", one)))
        for one in (KeyError("a"), error)
    ]
    assert alone[1].text == alone[1].bare == "('#ERROR', KeyError('a'))"
    assert along[1].bare == "('#ERROR', KeyError('a'))"
    assert along[1].text == (
        "('#ERROR', multiprocessing.pool.rebuild_exc(KeyError('a'), <traceback>))"
    )
    both = conversation(alone, "cpython"), conversation(along)
    assert wire.verdict(*both) == (
        wire.SAME,
        "To objects both say the same, and get the same replies."
        " With minimp an error brings its traceback along.",
        [],
    )


def shaken(digest, *last):
    """Return the frames of a handshake; `last` ones in place of the right ones."""
    answer = [b"#CHALLENGE#" + digest + os.urandom(40), digest + os.urandom(32)]
    frames = [*answer, b"#WELCOME#", *answer, b"#WELCOME#"]
    frames = frames[: HANDSHAKE - len(last)] + [*last]
    asks = [False, True, False, True, False, True]
    return [("A", 1, *one) for one in zip(asks, frames, strict=True)]


def test_handshake_is_one_row_and_its_digest_no_difference():
    new, old = [conversation(read(*shaken(one))) for one in (b"{sha256}", b"")]
    assert wire.rows(new) == [("A #1", "⇄ handshake, sha256", "")]
    assert wire.verdict(new, old) == (
        wire.SAME,
        "To objects both say the same, and get the same replies."
        " The handshakes use sha256 with minimp, else md5.",
        [],
    )


def test_handshake_refused_at_its_end_is_shown_frame_by_frame():
    messages = read(*shaken(b"{sha256}", b"#FAILURE#"))
    assert len(wire.rows(conversation(messages))) == HANDSHAKE


def test_what_is_no_request_is_compared():
    one, other = [conversation(read(("A", 1, True, [n]))) for n in (1, 2)]
    assert wire.verdict(one, other).word == wire.DIFFERENT


@pytest.mark.parametrize("kind", ["#TRACEBACK", "#UNSERIALIZABLE"])
def test_traceback_as_text_is_its_last_line(kind):
    _, reply = read(("A", 1, True, REQUEST), ("A", 1, False, (kind, TRACE[4:-4])))
    assert reply.text == f"('{kind}', <traceback of KeyError>)"


def test_connections_are_counted_for_each_client():
    messages = read(("A", 1, True, b""), ("B", 2, True, b""), ("A", 3, True, b""))
    assert [one.connection for one in messages] == ["A #1", "B #1", "A #2"]


def test_what_differs_in_each_run_has_a_name():
    greet = None, "accept_connection", ("A", "5e5510", True), {}
    token = "list", "/tmp/address", "7f"
    messages = read(("A", 1, True, greet), ("A", 1, True, ("7f", "append", token, {})))
    assert messages[0].text == "(None, 'accept_connection', ('A', <session>, True), {})"
    assert messages[1].text == (
        "(<object 1>, 'append', ('list', <address>, <object 1>), {})"
    )


def test_order_of_clients_does_not_matter():
    ask = [(name, n, True, ("7f", "get", (name,), {})) for n, name in enumerate("AB")]
    both = conversation(read(*ask), "cpython"), conversation(read(*ask[::-1]))
    assert wire.verdict(*both) == (wire.SAME, wire.ALL_SAME, [])


def test_nothing_said_is_not_the_same():
    both = conversation([], "cpython"), conversation([])
    assert wire.verdict(*both).word == wire.SILENT
    one_sided = conversation(read(("A", 1, True, REQUEST)))
    assert wire.verdict(both[0], one_sided).word == wire.DIFFERENT


def test_verdict_tells_other_calls_from_other_values():
    one, other, more = [
        conversation(read(*[("A", 1, True, ("7f", "put", (n,), {})) for n in values]))
        for values in ([1], [2], [1, 1])
    ]
    ask = "→ (<object 1>, 'put', ({},), {{}})".format
    assert wire.verdict(one, other) == (
        wire.DIFFERENT,
        wire.SAME_CALLS,
        [("A", "", ask(1), ask(2))],
    )
    assert wire.verdict(one, more) == (
        wire.DIFFERENT,
        wire.NOT_ASKED,
        [("A", ask(1), "(nothing)", ask(1))],
    )


def test_client_that_differs_between_two_runs_of_cpython_proves_nothing():
    left, right, again = [
        conversation(
            read(*[(who, n, True, ("7f", said, (), {})) for n, who, said in x])
        )
        for x in (
            [(1, "A", "get"), (2, "B", "get")],
            [(1, "A", "put"), (2, "B", "put")],
            [(1, "A", "pop"), (2, "B", "get")],
        )
    ]
    found = wire.verdict(left, right, again)
    assert (found.word, [one.client for one in found.differences]) == (
        (wire.DIFFERENT, ["B"])
    )
    only_a = conversation([one for one in right.messages if one.client == "A"])
    only_a.messages += [one for one in left.messages if one.client == "B"]
    found = wire.verdict(left, only_a, again)
    assert (found.word, [one.client for one in found.differences]) == (
        (wire.VARIES, ["A"])
    )
    assert found.said == f"{wire.NOT_ASKED} {wire.SO_DOES_CPYTHON}"
    assert wire.verdict(left, left, again).word == wire.SAME


def test_long_message_is_cut_between_words():
    text = "→ ('7f', " + "'abcde', " * 30 + "'end')"
    short = wire.cut(text)
    assert len(short) <= wire.CUT
    assert re.fullmatch(r"→ \('7f', ('abcde', )+\.\.\. 'abcde', 'end'\)", short)
    assert wire.cut(short) == short
    one_word = wire.cut("→ " + "x" * 500)
    assert one_word == f"→ {'x' * (wire.CUT - wire.TAIL - 7)} ... {'x' * wire.TAIL}"
    assert len(one_word) == wire.CUT


# --- a program is recorded ---------------------------------------------------


def test_program_does_the_same_as_without_a_relay(calls):
    for one in calls:
        assert one.run.stdout == probe.run("manager_calls", one.run.impl, "fork").stdout


def test_objects_hear_the_same_and_servers_do_not(calls):
    talks = [one.to_objects() for one in calls]
    assert talks[0] == talks[1]
    assert talks[0].keys() == {"MainProcess"}
    assert talks[0]["MainProcess"][:2] == [
        "→ (<list 1>, 'append', (2,), {})",
        "← ('#RETURN', None)",
    ]
    error = "← ('#ERROR', IndexError('list index out of range'))"
    assert error in talks[0]["MainProcess"]
    word, sentences, _ = wire.verdict(*calls)
    assert word == wire.SAME
    assert sentences.startswith(
        "To objects both say the same, and get the same replies."
        " For that, CPython asks the server itself "
    )
    assert ", minimp asks the server itself 6 times over 3 connections." in sentences
    assert "With minimp an error brings its traceback along." in sentences
    assert not [m for one in calls for m in one.messages if m.kind == "unknown"]


def test_creation_takes_three_connections_or_one_message(calls):
    about = [[m.about for m in one.messages if m.kind == "server"] for one in calls]
    assert about[0][:6] == ["create"] * 2 + ["incref"] * 2 + ["decref"] * 2
    counts = [one.counts() for one in calls]
    assert [one["  create"] for one in counts] == [2, 2]
    assert [one["  incref"] for one in counts] == [3, 0]
    # The iterator's proxy may only be collected when the manager is gone.
    assert counts[0]["connections"] in (10, 11)
    assert counts[1]["connections"] == 3
    assert counts[0]["requests to objects"] == counts[1]["requests to objects"] == 12


def test_second_run_says_the_same(calls):
    again = wire.record("manager_calls", "minimp")
    assert wire.verdict(calls[1], again) == (wire.SAME, wire.ALL_SAME, [])
    assert wire.rows(again) == wire.rows(calls[1])
    text = repr(wire.rows(again, full=True))
    assert not re.search(r"/tmp/|/home|0x[0-9a-f]|[0-9a-f]{12}", text)
    assert all(word in text for word in ("<address>", "<session>", "random bytes"))


def test_rows_in_short_and_in_full(calls):
    short, full = (wire.rows(calls[1], full) for full in (False, True))
    assert short[0] == ("MainProcess #1", "⇄ handshake, sha256", "")
    assert short[1].server == "the server"
    assert len(short) == len(full) - 3 * 5
    assert len(full) == len(calls[1].messages)
    assert [row.wire for row in full[:3]] == [
        "← #CHALLENGE#{sha256}<40 random bytes> [59 bytes]",
        "→ {sha256}<MAC, 32 bytes> [40 bytes]",
        "← #WELCOME# [9 bytes]",
    ]


@pytest.mark.parametrize("width", [60, 100, 131])
def test_lanes_fit(calls, width):
    text = wire.lanes(wire.rows(calls[0], full=True), width)
    assert max(map(len, text.splitlines())) <= width
    assert re.match(r"client +\| message +\| asked\n-+\n", text)


def test_names_have_no_modules_unless_in_full(calls):
    short, full = (repr(wire.rows(calls[1], full)) for full in (False, True))
    assert "rebuild_exc(StopIteration(), <traceback>)" in short
    assert "Token('Iterator', " in short and "managers." not in short
    assert "multiprocessing.managers.Token('Iterator', " in full
    (message,) = read(("A", 1, True, ("7f", "say", ("minimp.heap.Heap",), {})))
    assert "'minimp.heap.Heap'" in wire.rows(conversation([message]))[0].wire


def test_connection_is_named_once(calls):
    lines = wire.lanes(wire.rows(calls[1]), 100).splitlines()[2:]
    named = [line.split("|")[0].strip() for line in lines]
    assert [name for name in named if name] == [f"MainProcess #{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "method", ["fork", "forkserver", pytest.param("spawn", marks=pytest.mark.slow)]
)
def test_each_process_has_its_name(method):
    found = [wire.record("two_mailboxes", impl, method) for impl in probe.MODULES]
    for one in found:
        assert one.run.failure == ""
        assert one.to_objects().keys() == {"Ann", "Bob"}
        assert one.to_objects()["Bob"] == [
            "→ (<for_bob 1>, 'get', (True, 30), {})",
            "← ('#RETURN', 'Bob, do you travel tomorrow?')",
            "→ (<for_ann 1>, 'put', ('Ann, only on Friday.',), {})",
            "← ('#RETURN', None)",
        ]
    assert wire.verdict(*found).word == wire.SAME


# --- what docs/side-by-side/the-wire.md says --------------------------------


def test_call_is_the_same_but_for_the_ident(program):
    path = program(
        """
        def main(mp):
            with mp.Manager() as manager:
                numbers = manager.list()
                numbers.append(2)
                print(numbers._token.id)
        """
    )
    sent = []
    for impl in probe.MODULES:
        with relay.relaying() as through:
            prepare = f"from compare import relay; relay.begin({through.path!r})"
            ident = probe.run(path, impl, "fork", prepare=prepare).stdout.strip()
        payloads = [one.payload for one in through.frames]
        (at,) = [n for n, one in enumerate(payloads) if b"append\x94K\x02" in one]
        text = ident.encode()
        assert payloads[at][3:4] == bytes([len(payloads[at]) - 11])  # its length
        request = payloads[at].replace(bytes([len(text)]) + text, b"IDENT")
        assert b"IDENT" in request
        sent.append((request[:3], request[4:], payloads[at + 1]))
    assert sent[0] == sent[1]


def test_creation_costs_24_frames_or_2(calls):
    created = [
        [m.text for m in one.messages if m.connection in names]
        for one, names in zip(
            calls, ([f"MainProcess #{n}" for n in (1, 2, 3)], ["MainProcess #2"]),
            strict=True,
        )
    ]  # fmt: skip
    assert len(created[0]) == 24
    assert [text for text in created[0] if text.startswith("(None")] == [
        "(None, 'create', ('list', [3, 1]), {})",
        "(None, 'incref', (<list 1>,), {})",
        "(None, 'decref', (<list 1>,), {})",
    ]
    at = created[1].index("(None, 'create', ('list', [3, 1]), {})")
    assert created[1][at + 2] == "(<list 1>, 'append', (2,), {})"


def test_proxy_in_a_reply_takes_its_reference_over_another_connection():
    found = wire.record("managed_nested", "minimp")
    increfs = [one for one in found.messages if one.asks and one.about == "incref"]
    (append,) = [one for one in found.messages if "'append', (41,)" in one.text]
    assert len(increfs) == 3
    assert {one.connection for one in increfs} == {"MainProcess #3"}
    assert append.connection == "MainProcess #2"


def test_error_of_minimp_is_what_cpython_sends_wrapped(calls):
    errors = [
        next(m for m in one.messages if "'#ERROR', " in m.text and "Index" in m.text)
        for one in calls
    ]
    assert errors[0].text == "('#ERROR', IndexError('list index out of range'))"
    assert errors[1].text == (
        "('#ERROR', multiprocessing.pool.rebuild_exc("
        "IndexError('list index out of range'), <traceback>))"
    )
    assert errors[0].bare == errors[1].bare


# --- the verb ----------------------------------------------------------------


def test_verb_shows_both_and_the_verdict(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert verbs.main(["wire", "manager_calls"]) == 0
    out = capsys.readouterr().out
    heads = [line for line in out.splitlines() if line.startswith("==")]
    assert heads == [
        f"== manager_calls, CPython {platform.python_version()}",
        "== manager_calls, minimp",
        "== manager_calls: same",
    ]
    assert re.search(r"^ +CPython \S+ +minimp$", out, re.M)
    assert re.search(r"^  incref +3 +0$", out, re.M)
    assert " ... " in out
    assert "\nTo objects both say the same, and get the same replies. For that," in out
    assert max(map(len, out.splitlines())) <= 120


def test_verb_tells_where_the_talk_parts(program, capsys):
    path = program(
        """
        def main(mp):
            with mp.Manager() as manager:
                shared = manager.list()
                shared.append("here as there")
                shared.append(len(mp.__name__))
        """
    )
    assert verbs.main(["wire", path]) == 1
    out = capsys.readouterr().out
    assert "\n== program: different\nBoth call the same methods of objects, " in out
    assert out.endswith(
        "The first difference, in what MainProcess says and hears:\n"
        "  both    ← ('#RETURN', None)\n"
        "  CPython → (<list 1>, 'append', (15,), {})\n"
        "  minimp  → (<list 1>, 'append', (6,), {})\n"
    )


RACES = """
import os, threading

def main(mp):
    with mp.Manager() as manager:
        shared = manager.list()
        work = lambda: shared.append(os.getpid())
        for name in ("Ann", "Bob"):
            thread = threading.Thread(target=work, name=name)
            thread.start()
            thread.join()
"""


def test_verb_tells_what_varies(program, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert verbs.main(["wire", program(RACES)]) == 1
    out = capsys.readouterr().out
    assert "\n== program: varies\nBoth call the same methods of objects, " in out
    assert "proves nothing." in " ".join(out.split())
    assert re.search(r"^  CPython → \(<list 1>, 'append', \(\d+,\), \{\}\)$", out, re.M)
    assert out.endswith("\nOthers that differ: MainProcess|Bob.\n")
    assert max(map(len, out.splitlines())) <= 80


def test_verb_says_that_nothing_is_said(capsys):
    assert verbs.main(["wire", "string_array"]) == 1
    out = capsys.readouterr().out
    assert out.count("\n(nothing)\n") == 2
    assert "\n\n== string_array: silent\nNo process of the program connects" in out


def test_verb_prints_json(calls, capsys, monkeypatch):
    monkeypatch.setattr(wire, "record", lambda *_: next(sides))
    sides = iter(calls)
    assert verbs.main(["wire", "manager_calls", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cpython"] == platform.python_version()
    assert (told["program"], told["method"]) == ("manager_calls", "fork")
    assert (told["verdict"], told["first difference"]) == ("same", None)
    assert told["said"] == wire.verdict(*calls).said
    for one in calls:
        side = told["sides"][one.run.impl]
        assert side["messages"] == [message._asdict() for message in one.messages]
        assert side["counts"]["frames"] == len(one.messages)


def test_json_names_the_first_difference(program, capsys):
    path = program(
        """
        def main(mp):
            with mp.Manager() as manager:
                manager.list([1]).append(len(mp.__name__))
        """
    )
    assert verbs.main(["wire", path, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "different"
    assert told["first difference"] == {
        "client": "MainProcess",
        "before": "",
        "cpython": "→ (<list 1>, 'append', (15,), {})",
        "minimp": "→ (<list 1>, 'append', (6,), {})",
    }


LARGE = """
import importlib

def serve(listener):
    with listener.accept() as conn:
        conn.send(conn.recv()[::-1])

def main(mp):
    connection = importlib.import_module(mp.__name__ + ".connection")
    with connection.Listener() as listener:
        child = mp.Process(target=serve, args=(listener,))
        child.start()
        with connection.Client(listener.address) as conn:
            conn.send(b"ab" * 1_000_000)
            print(conn.recv() == b"ba" * 1_000_000)
        child.join()
"""


def test_large_messages_and_no_key(program, capsys):
    assert verbs.main(["wire", program(LARGE)]) == 0
    out = capsys.readouterr().out
    assert out.endswith("\n== program: same\nThe conversations are the same.\n")
    assert len(re.findall(r"\| [→←] b'", out)) == 4
    assert re.search(r"^connections +1 +1$", out, re.M)


def test_only_one_side_has_no_verdict(capsys):
    for impl, name in probe.NAMES.items():
        assert verbs.main(["wire", "manager_calls", "--only", impl, "--full"]) == 0
        out = capsys.readouterr().out
        assert re.match(rf"== manager_calls, {name}( [\d.+]+)?\n", out)
        assert "random bytes>" in out and " ... " not in out
        assert "conversation" not in out and "same" not in out


def test_failing_program_is_told(program, capsys):
    path = program("def main(mp):\n    raise ValueError(mp.__name__)\n")
    assert verbs.main(["wire", path]) == 1
    out = capsys.readouterr().out
    assert "program, minimp: exit status 1\nTraceback" in out
    assert "ValueError: multiprocessing" in out
    assert "conversation" not in out


def test_unknown_program_is_named(capsys):
    assert verbs.main(["wire", "nothing"]) == 2
    assert "no program 'nothing'" in capsys.readouterr().err
